#include "tests/commands/rule_test.h"

namespace civiclog {
namespace {

using ContributionRules = RuleTest;

SubmitContribution opinion(ContributionId id, TopicId topic) {
  return {id, topic, ContributionKind::kOpinion, "A bench", "At every stop.", {}, ""};
}

TEST_F(ContributionRules, A_contribution_needs_an_open_phase_that_takes_it) {
  given_a_topic();
  when(ana, opinion(idea, topic)).then_rejected("phase_forbids");
  given_open(kCollect);
  when(ana, opinion(idea, topic)).then_accepted();
  given_closed(kCollect);
  when(ana, opinion(other_idea, topic)).then_rejected("phase_forbids");
}

TEST_F(ContributionRules, All_five_kinds_share_one_life_cycle) {
  given_a_topic({Secrecy::kOpen, false,
                 {ContributionKind::kPolicy, ContributionKind::kQuestion, ContributionKind::kOpinion, ContributionKind::kAction,
                  ContributionKind::kArticle}});
  given_open(kCollect);
  uint8_t n = 50;
  for (const ContributionKind kind : {ContributionKind::kPolicy, ContributionKind::kQuestion, ContributionKind::kOpinion,
                                      ContributionKind::kAction, ContributionKind::kArticle}) {
    SCOPED_TRACE(name_of(kind));
    const ContributionId id = contribution(n++);
    const ParticipantId author = kind == ContributionKind::kPolicy ? editor : ana;
    SubmitContribution submit{id, topic, kind, "Title", "Body", {}, ""};
    if (kind == ContributionKind::kArticle) submit.link = "https://example.org/tram";
    when(author, submit).then_accepted();
    when(author, ReviseContribution{id, 1, true, "Title", "Better body"}).then_accepted();
    EXPECT_EQ(then_first<ContributionRevised>().version, 2u);
    when(author, WithdrawContribution{id, "Changed my mind."}).then_accepted();
    when(author, WithdrawContribution{id, {}}).then_rejected("withdrawn");
    when(author, ReviseContribution{id, 2, true, "Title", "Still better"}).then_rejected("not_visible");
  }
}

TEST_F(ContributionRules, A_kind_the_rules_do_not_name_is_not_accepted) {
  given_a_topic();
  given_open(kCollect);
  SubmitContribution question = opinion(idea, topic);
  question.kind = ContributionKind::kQuestion;
  when(ana, question).then_rejected("kind_not_accepted");
}

TEST_F(ContributionRules, Policies_are_proposed_by_the_organisation) {
  given_a_topic();
  given_open(kCollect);
  SubmitContribution policy = opinion(idea, topic);
  policy.kind = ContributionKind::kPolicy;
  when(ana, policy).then_rejected("role_missing");
  when(editor, policy).then_accepted();
  EXPECT_EQ(decision().front().fact.actor.role, Role::kEditor);
}

TEST_F(ContributionRules, A_stakeholder_contributes_as_what_it_is) {
  given_a_topic();
  given_open(kCollect);
  when(stakeholder, opinion(idea, topic)).then_accepted();
  EXPECT_EQ(decision().front().fact.actor.role, Role::kStakeholder);
}

TEST_F(ContributionRules, Only_an_article_has_a_link_and_it_must) {
  given_a_topic();
  given_open(kCollect);
  SubmitContribution article = opinion(idea, topic);
  article.link = "https://example.org";
  when(ana, article).then_rejected("link_unexpected");
  article.kind = ContributionKind::kArticle;
  article.link = "";
  when(ana, article).then_rejected("link_missing");
}

TEST_F(ContributionRules, Who_has_not_joined_or_was_erased_does_not_contribute) {
  given_a_topic();
  given_open(kCollect);
  when(participant(99), opinion(idea, topic)).then_rejected("participant_unknown");
  when(ana, EraseWords{ana.uuid, {}, ana.uuid, false, ErasureReason::kSubjectRequest}).then_accepted();
  when(ana, opinion(idea, topic)).then_rejected("participant_unknown");
}

TEST_F(ContributionRules, Only_the_author_revises_or_withdraws_and_a_revision_names_the_version_it_saw) {
  given_a_topic();
  given_open(kCollect);
  given_idea(idea, ben);
  when(ana, ReviseContribution{idea, 1, false, {}, "x"}).then_rejected("not_yours");
  when(ana, WithdrawContribution{idea, {}}).then_rejected("not_yours");
  when(ben, ReviseContribution{idea, 7, false, {}, "x"}).then_rejected("version_conflict");
  when(ben, ReviseContribution{contribution(99), 1, false, {}, "x"}).then_rejected("contribution_unknown");
}

TEST_F(ContributionRules, What_is_voted_on_does_not_change_in_substance) {
  given_a_topic();
  given(stream_of(topic), PhasesDefined{{{PhaseKind::kVote, {true, true, true}, {0}, {10}}}});
  given_idea(idea, ben);
  when(owner, OpenPhase{topic, 0, {}}).then_accepted(2);
  when(ben, ReviseContribution{idea, 1, true, {}, "The opposite"}).then_rejected("being_voted_on");
  when(ben, ReviseContribution{idea, 1, false, {}, "A typo less"}).then_accepted();
}

TEST_F(ContributionRules, A_comment_needs_a_phase_a_visible_target_and_a_text) {
  given_a_topic();
  given_idea(idea, ben);
  when(ana, PostComment{comment(1), idea, {}, Stance::kFor, "Yes!", ""}).then_rejected("phase_forbids");
  given_open(kCollect);
  when(ana, PostComment{comment(1), contribution(99), {}, Stance::kFor, "Yes!", ""}).then_rejected("contribution_unknown");
  when(ana, PostComment{comment(1), idea, {}, Stance::kFor, "", ""}).then_rejected("text_missing");
  when(ana, PostComment{comment(1), idea, {}, Stance::kFor, "Yes!", ""}).then_accepted();
  when(moderator, hide(idea)).then_accepted(2);
  when(ana, PostComment{comment(2), idea, {}, Stance::kFor, "Again", ""}).then_rejected("target_not_visible");
}

TEST_F(ContributionRules, Replies_go_three_levels_below_the_first_comment_and_no_deeper) {
  given_a_topic();
  given_idea(idea, ben);
  given_open(kCollect);
  when(ana, PostComment{comment(0), idea, {}, Stance::kNeutral, "0", ""}).then_accepted();
  for (uint8_t depth = 1; depth <= kMaxCommentDepth; ++depth) {
    when(ben, PostComment{comment(depth), idea, comment(static_cast<uint8_t>(depth - 1)), Stance::kNeutral, "n", ""}).then_accepted();
    EXPECT_EQ(then_first<CommentPosted>().depth, depth);
  }
  when(ana, PostComment{comment(9), idea, comment(kMaxCommentDepth), Stance::kNeutral, "n", ""}).then_rejected("too_deep");
}

TEST_F(ContributionRules, A_reply_needs_a_visible_parent_on_the_same_contribution) {
  given_a_topic();
  given_idea(idea, ben);
  given_idea(other_idea, ben);
  given_open(kCollect);
  when(ana, PostComment{comment(1), idea, {}, Stance::kNeutral, "x", ""}).then_accepted();
  when(ben, PostComment{comment(2), other_idea, comment(1), Stance::kNeutral, "x", ""}).then_rejected("parent_unknown");
  when(ben, PostComment{comment(2), idea, comment(77), Stance::kNeutral, "x", ""}).then_rejected("parent_unknown");
  when(ana, RetractComment{comment(1)}).then_accepted();
  when(ben, PostComment{comment(2), idea, comment(1), Stance::kNeutral, "x", ""}).then_rejected("parent_not_visible");
}

TEST_F(ContributionRules, A_comment_is_edited_and_retracted_by_its_author_only) {
  given_a_topic();
  given_idea(idea, ben);
  given_open(kCollect);
  when(ana, PostComment{comment(1), idea, {}, Stance::kNeutral, "x", ""}).then_accepted();
  when(ben, EditComment{comment(1), "y"}).then_rejected("not_yours");
  when(ben, RetractComment{comment(1)}).then_rejected("not_yours");
  when(ana, EditComment{comment(1), "y"}).then_accepted();
  EXPECT_EQ(then_first<CommentEdited>().version, 2u);
  when(ana, RetractComment{comment(1)}).then_accepted();
  when(ana, EditComment{comment(1), "z"}).then_rejected("not_visible");
}

}  // namespace
}  // namespace civiclog
