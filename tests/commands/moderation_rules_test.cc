#include "tests/commands/rule_test.h"

namespace civiclog {
namespace {

using ModerationRules = RuleTest;

TEST_F(ModerationRules, A_decision_needs_ground_facts_and_policy) {
  given_a_topic();
  given_idea(idea, ben);
  DecideModeration no_facts = hide(idea);
  no_facts.facts = "";
  when(moderator, no_facts).then_rejected("facts_missing");
  DecideModeration no_policy = hide(idea);
  no_policy.policy_ref = "";
  when(moderator, no_policy).then_rejected("policy_missing");
  DecideModeration wrong_ground = hide(idea);
  wrong_ground.ground = Ground::kInScope;
  when(moderator, wrong_ground).then_rejected("ground_invalid");
  when(moderator, hide(idea)).then_accepted(2);
}

TEST_F(ModerationRules, Only_a_moderator_of_the_organisation_decides_and_not_on_own_content) {
  given_a_topic();
  given_idea(idea, ben);
  given_idea(other_idea, moderator);
  when(ana, hide(idea)).then_rejected("role_missing");
  when(owner, hide(idea)).then_rejected("role_missing");
  when(moderator, hide(other_idea)).then_rejected("own_content");
}

TEST_F(ModerationRules, A_decision_writes_to_the_case_and_to_the_target_in_one_commit) {
  given_a_topic();
  given_idea(idea, ben);
  when(moderator, hide(idea)).then_accepted(2);
  EXPECT_EQ(then_first<ModerationDecided>().ground, Ground::kOffensive);
  EXPECT_EQ(std::get<ContributionModerated>(decision().at(1).fact.payload).status, ItemStatus::kHidden);
}

TEST_F(ModerationRules, What_is_hidden_is_not_hidden_again_and_can_be_restored) {
  given_a_topic();
  given_idea(idea, ben);
  when(moderator, hide(idea)).then_accepted(2);
  when(moderator, hide(idea)).then_rejected("action_invalid");
  DecideModeration restore = hide(idea);
  restore.action = ModerationAction::kRestore;
  restore.ground = Ground::kInScope;
  when(moderator, restore).then_accepted(2);
  when(moderator, restore).then_rejected("action_invalid");
}

TEST_F(ModerationRules, A_case_is_about_one_thing) {
  given_a_topic();
  given_idea(idea, ben);
  given_idea(other_idea, ben);
  when(moderator, hide(idea)).then_accepted(2);
  when(moderator, hide(other_idea)).then_rejected("case_mismatch");
}

TEST_F(ModerationRules, A_flag_opens_a_case_that_a_moderator_decides) {
  given_a_topic();
  given_idea(idea, ben);
  const ModerationTarget target{topic, idea, {}};
  when(ana, FlagContent{moderation_case(1), target, Ground::kInScope, "?"}).then_rejected("ground_invalid");
  when(ana, FlagContent{moderation_case(1), target, Ground::kOffensive, "It insults a person."}).then_accepted();
  when(ana, FlagContent{moderation_case(1), target, Ground::kSpam, "x"}).then_rejected("case_exists");
  when(moderator, hide(idea)).then_accepted(2);
  when(ana, FlagContent{moderation_case(2), target, Ground::kSpam, "x"}).then_rejected("not_visible");
}

TEST_F(ModerationRules, Comments_are_moderated_likewise) {
  given_a_topic();
  given_idea(idea, ben);
  given_open(kCollect);
  when(ana, PostComment{comment(1), idea, {}, Stance::kAgainst, "Rude", ""}).then_accepted();
  DecideModeration decide_comment = hide(idea);
  decide_comment.target.comment = comment(1);
  when(moderator, decide_comment).then_accepted(2);
  EXPECT_EQ(decision().at(1).stream, stream_of(comment(1)));
  when(ben, PostComment{comment(2), idea, comment(1), Stance::kNeutral, "x", ""}).then_rejected("parent_not_visible");
  decide_comment.target.comment = comment(77);
  decide_comment.moderation_case = moderation_case(9);
  when(moderator, decide_comment).then_rejected("target_unknown");
}

using ParticipantRules = RuleTest;

TEST_F(ParticipantRules, Nobody_joins_twice_or_for_somebody_else) {
  when(ana, Join{participant(50), ""}).then_rejected("not_yours");
  when(ana, Join{ana, ""}).then_rejected("participant_exists");
  when(participant(50), Join{participant(50), ""}).then_accepted();
}

TEST_F(ParticipantRules, Only_the_installation_verifies_and_only_once) {
  when(cem, VerifyParticipant{cem, "eid", "id-1"}).then_rejected("role_missing");
  when_system(VerifyParticipant{cem, "eid", ""}).then_rejected("text_missing");
  when_system(VerifyParticipant{cem, "eid", "id-1"}).then_accepted();
  when_system(VerifyParticipant{cem, "eid", "id-2"}).then_rejected("participant_verified");
}

TEST_F(ParticipantRules, A_participant_erases_what_is_theirs_and_nothing_else) {
  const WordId own{Uuid{{8, 1}}};
  const WordId foreign{Uuid{{8, 2}}};
  word_authors = {{own, ana.uuid}, {foreign, ben.uuid}};
  when(ana, EraseWords{{}, {foreign}, ana.uuid, false, ErasureReason::kSubjectRequest}).then_rejected("author_mismatch");
  when(ana, EraseWords{{}, {WordId{Uuid{{8, 3}}}}, ana.uuid, false, ErasureReason::kSubjectRequest}).then_rejected("author_mismatch");
  when(ana, EraseWords{{}, {own}, ben.uuid, false, ErasureReason::kSubjectRequest}).then_rejected("not_yours");
  when(ana, EraseWords{{}, {}, ana.uuid, false, ErasureReason::kSubjectRequest}).then_rejected("nothing_to_erase");
  when(ana, EraseWords{{}, {own}, ana.uuid, false, ErasureReason::kSubjectRequest}).then_accepted();
  when_system(EraseWords{ben.uuid, {}, ben.uuid, false, ErasureReason::kLegalOrder}).then_accepted();
}

TEST_F(ParticipantRules, Only_the_installation_imports_and_each_source_once) {
  const ImportId import{Uuid{{7, 1}}};
  StartImport start{import, "polis/x", sha256("x"), {5}, true, topic, city, {}};
  when(ana, start).then_rejected("role_missing");
  when_system(start).then_accepted();
  when_system(start).then_rejected("import_exists");
}

}  // namespace
TEST_F(ParticipantRules, Nobody_brings_new_words_once_all_of_theirs_are_erased) {
  given_voting_on(idea);
  given(stream_of(ben), WordsErased{ben.uuid, {}, ErasureReason::kSubjectRequest});
  when(ben, FlagContent{moderation_case(1), {topic, idea, {}}, Ground::kSpam, "It is an advertisement."}).then_rejected("participant_erased");
  when(ben, WithdrawContribution{idea, "I am leaving."}).then_rejected("participant_erased");
  when(ben, FlagContent{moderation_case(1), {topic, idea, {}}, Ground::kSpam, {}}).then_accepted();
  when(ben, WithdrawContribution{idea, {}}).then_accepted();
}

TEST_F(ParticipantRules, An_organisation_brings_no_new_words_once_all_of_its_own_are_erased) {
  given_voting_on(idea);
  given(stream_of(city), WordsErased{city.uuid, {}, ErasureReason::kLegalOrder});
  when_system(LaunchTopic{city, "park", "A park", {}, ""}).then_rejected("organisation_erased");
  when(moderator, hide(idea)).then_rejected("organisation_erased");
  when(owner, ClosePhase{topic, kVote, "Enough."}).then_rejected("organisation_erased");
  when(owner, ClosePhase{topic, kVote, {}}).then_accepted(2);
}

}  // namespace civiclog
