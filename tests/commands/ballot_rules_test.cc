#include "tests/commands/rule_test.h"

namespace civiclog {
namespace {

using BallotRules = RuleTest;

TEST_F(BallotRules, A_vote_counts_between_open_and_close_in_log_order) {
  given_a_topic();
  given_idea(idea, ben);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_rejected("box_not_open");
  given_open(kVote);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
  given_closed(kVote);
  when(ana, CastBallot{idea, 1, Choice::kDisagree}).then_rejected("box_closed");
  when(ana, WithdrawBallot{idea}).then_rejected("box_closed");
}

TEST_F(BallotRules, Between_two_voting_phases_the_box_stays_open_and_nobody_votes) {
  given_a_topic();
  given_idea(idea, ben);
  given(stream_of(topic), PhasesDefined{{{PhaseKind::kVote, {false, false, true}, {0}, {10}},
                                         {PhaseKind::kDiscuss, {false, true, false}, {10}, {20}},
                                         {PhaseKind::kVote, {false, false, true}, {20}, {30}}}});
  when_system(OpenPhase{topic, 0, {}}).then_accepted(2);
  when_system(ClosePhase{topic, 0, {}}).then_accepted(1);
  when_system(OpenPhase{topic, 1, {}}).then_accepted(1);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_rejected("phase_forbids");
  when_system(ClosePhase{topic, 1, {}}).then_accepted(1);
  when_system(OpenPhase{topic, 2, {}}).then_accepted(1);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
  when_system(ClosePhase{topic, 2, {}}).then_accepted(2);
}

TEST_F(BallotRules, One_current_choice_per_voter_and_statement_later_replaces_earlier) {
  given_voting_on(idea);
  when(ana, CastBallot{idea, 1, Choice::kAgree});
  EXPECT_EQ(then_first<BallotCast>().choice, Choice::kAgree);
  when(ana, CastBallot{idea, 1, Choice::kDisagree});
  const auto changed = then_first<BallotChanged>();
  EXPECT_EQ(changed.previous, Choice::kAgree);
  EXPECT_EQ(changed.choice, Choice::kDisagree);
}

TEST_F(BallotRules, A_recast_of_the_same_choice_is_reaffirmed) {
  given_voting_on(idea);
  when(ana, CastBallot{idea, 1, Choice::kPass}).then_accepted();
  when(ana, CastBallot{idea, 1, Choice::kPass});
  EXPECT_EQ(then_first<BallotReaffirmed>().choice, Choice::kPass);
}

TEST_F(BallotRules, A_withdrawn_choice_can_be_made_again_and_none_cannot_be_withdrawn) {
  given_voting_on(idea);
  when(ana, WithdrawBallot{idea}).then_rejected("no_choice");
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
  when(ana, WithdrawBallot{idea});
  EXPECT_EQ(then_first<BallotWithdrawn>().previous, Choice::kAgree);
  when(ana, CastBallot{idea, 1, Choice::kDisagree});
  EXPECT_EQ(then_first<BallotCast>().choice, Choice::kDisagree);
}

TEST_F(BallotRules, A_ballot_names_the_version_that_was_voted_on) {
  given_voting_on(idea);
  when(ana, CastBallot{idea, 2, Choice::kAgree}).then_rejected("version_conflict");
  when(ana, CastBallot{idea, 1, Choice::kAgree});
  EXPECT_EQ(then_first<BallotCast>().contribution_version, 1u);
}

TEST_F(BallotRules, No_vote_on_what_is_withdrawn_rejected_or_hidden_and_again_when_restored) {
  given_voting_on(idea);
  given_idea(other_idea, ben);
  when(ben, WithdrawContribution{other_idea, {}}).then_accepted();
  when(ana, CastBallot{other_idea, 1, Choice::kAgree}).then_rejected("not_votable");
  when(moderator, hide(idea)).then_accepted(2);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_rejected("not_votable");
  DecideModeration restore = hide(idea);
  restore.action = ModerationAction::kRestore;
  restore.ground = Ground::kInScope;
  when(moderator, restore).then_accepted(2);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
  DecideModeration reject = hide(idea);
  reject.action = ModerationAction::kReject;
  when(moderator, reject).then_accepted(2);
  when(ana, CastBallot{idea, 1, Choice::kDisagree}).then_rejected("not_votable");
}

// The statement's stream is checked by the vote and written by the hide, so the log lets only one of two racing commands
// through; the handler test races them for real.
TEST_F(BallotRules, A_vote_stands_on_the_streams_of_statement_topic_participant_and_organisation) {
  given_voting_on(idea);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
  for (const StreamId stream : {stream_of(idea), stream_of(topic), stream_of(ana), stream_of(city)}) {
    EXPECT_TRUE(checked(stream)) << stream.text();
  }
  when(moderator, hide(idea)).then_accepted(2);
  EXPECT_EQ(decision().at(0).stream, stream_of(moderation_case(1)));
  EXPECT_EQ(decision().at(1).stream, stream_of(idea));
}

TEST_F(BallotRules, Only_verified_participants_vote_and_the_system_never) {
  given_voting_on(idea);
  when(cem, CastBallot{idea, 1, Choice::kAgree}).then_rejected("not_verified");
  when(participant(99), CastBallot{idea, 1, Choice::kAgree}).then_rejected("participant_unknown");
  when_system(CastBallot{idea, 1, Choice::kAgree}).then_rejected("not_a_voter");
}

TEST_F(BallotRules, Stakeholders_and_staff_are_not_counted_with_citizens) {
  given_voting_on(idea);
  for (const ParticipantId who : {stakeholder, editor, owner, moderator}) {
    when(who, CastBallot{idea, 1, Choice::kAgree}).then_rejected("not_counted_with_citizens");
  }
}

TEST_F(BallotRules, The_actor_of_a_ballot_is_the_tag_and_nobody_else) {
  given_voting_on(idea);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
  EXPECT_EQ(decision().front().fact.actor, acting_tag(tag(ana)));
  EXPECT_EQ(decision().front().stream.tag, tag(ana).uuid);
}

TEST_F(BallotRules, An_erased_participant_no_longer_votes_and_what_was_counted_stays) {
  given_voting_on(idea);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
  when(ana, EraseWords{ana.uuid, {}, ana.uuid, false, ErasureReason::kSubjectRequest}).then_accepted();
  EXPECT_EQ(decision().size(), 1u) << "erasing writes nothing about ballots";
  when(ana, CastBallot{idea, 1, Choice::kDisagree}).then_rejected("not_verified");
}

TEST_F(BallotRules, Under_pre_moderation_nobody_votes_before_acceptance) {
  given_a_topic({Secrecy::kOpen, true, {ContributionKind::kOpinion}});
  given_open(kCollect);
  when(ben, SubmitContribution{idea, topic, ContributionKind::kOpinion, "t", "b", {}, ""}).then_accepted();
  given_closed(kCollect);
  given_open(kVote);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_rejected("not_votable");
  when(moderator, DecideModeration{moderation_case(2), {topic, idea, {}}, ModerationAction::kAccept, Ground::kInScope,
                                   "It is about the tram.", "house-rules/1", false})
      .then_accepted(2);
  when(ana, CastBallot{idea, 1, Choice::kAgree}).then_accepted();
}

}  // namespace
}  // namespace civiclog
