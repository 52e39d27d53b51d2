#include "tests/commands/rule_test.h"

namespace civiclog {
namespace {

using TopicRules = RuleTest;

std::vector<Phase> phases(std::initializer_list<std::pair<int64_t, int64_t>> times) {
  std::vector<Phase> out;
  for (const auto& [start, end] : times) out.push_back({PhaseKind::kCollect, {true, true, true}, {start}, {end}});
  return out;
}

TEST_F(TopicRules, A_topic_is_launched_by_an_editor_and_its_slug_is_taken_from_then_on) {
  when(editor, LaunchTopic{city, "tram", "Tram line 9", "Where should it go?", ""}).then_accepted();
  EXPECT_EQ(then_first<TopicLaunched>().slug, "tram");
  when(owner, LaunchTopic{city, "tram", "Another", "", ""}).then_rejected("slug_taken");
}

TEST_F(TopicRules, A_citizen_launches_no_topic) {
  when(ana, LaunchTopic{city, "tram", "Tram", "", ""}).then_rejected("role_missing");
}

TEST_F(TopicRules, Phases_do_not_overlap) {
  given_a_topic();
  when(owner, DefinePhases{topic, phases({{0, 10}, {9, 20}})}).then_rejected("phases_overlap");
  when(owner, DefinePhases{topic, phases({{10, 20}, {0, 10}})}).then_rejected("phases_overlap");
  when(owner, DefinePhases{topic, phases({{0, 10}, {10, 20}})}).then_accepted();
}

TEST_F(TopicRules, A_phase_does_not_end_before_it_starts) {
  given_a_topic();
  when(owner, DefinePhases{topic, phases({{10, 9}})}).then_rejected("phase_ends_before_start");
  when(owner, DefinePhases{topic, phases({{10, 10}})}).then_accepted();
  when(owner, DefinePhases{topic, {}}).then_rejected("phases_invalid");
}

TEST_F(TopicRules, Only_the_process_owner_moves_phases) {
  given_a_topic();
  when(editor, OpenPhase{topic, kCollect, {}}).then_rejected("role_missing");
  when(ana, OpenPhase{topic, kCollect, {}}).then_rejected("role_missing");
  when(owner, OpenPhase{topic, kCollect, "As announced."}).then_accepted();
  EXPECT_EQ(decision().front().fact.actor, acting_participant(owner, Role::kProcessOwner));
}

TEST_F(TopicRules, One_phase_is_open_at_a_time) {
  given_a_topic();
  given_open(kCollect);
  when(owner, OpenPhase{topic, kVote, {}}).then_rejected("phases_overlap");
}

TEST_F(TopicRules, A_closed_phase_never_reopens_nor_does_one_passed_over) {
  given_a_topic();
  given_open(kVote);
  given_closed(kVote);
  when(owner, OpenPhase{topic, kVote, {}}).then_rejected("phase_never_reopens");
  when(owner, OpenPhase{topic, kCollect, {}}).then_rejected("phase_never_reopens");
  when(owner, OpenPhase{topic, kFollowUp, {}}).then_accepted();
}

TEST_F(TopicRules, A_phase_that_is_not_open_cannot_be_closed) {
  given_a_topic();
  when(owner, ClosePhase{topic, kCollect, {}}).then_rejected("phase_not_open");
  when(owner, OpenPhase{topic, 9, {}}).then_rejected("phase_unknown");
}

TEST_F(TopicRules, Rules_and_phases_are_frozen_when_the_first_phase_opens) {
  given_a_topic();
  given_open(kCollect);
  when(owner, SetRules{topic, {Secrecy::kOpen, false, {ContributionKind::kOpinion}}, "Simpler"}).then_rejected("rules_frozen");
  when(owner, DefinePhases{topic, phases({{0, 10}})}).then_rejected("phases_frozen");
  given_closed(kCollect);
  when(owner, SetRules{topic, {Secrecy::kOpen, false, {ContributionKind::kOpinion}}, "Simpler"}).then_rejected("rules_frozen");
}

TEST_F(TopicRules, No_phase_opens_without_rules) {
  given(stream_of(topic), TopicLaunched{city, "tram", word(20), {}, ""});
  given(stream_of(topic), PhasesDefined{phases({{0, 10}})});
  when(owner, OpenPhase{topic, 0, {}}).then_rejected("rules_missing");
}

TEST_F(TopicRules, The_box_opens_with_the_first_voting_phase_under_the_hash_of_the_frozen_rules_and_closes_with_the_last) {
  const Rules rules{Secrecy::kEmbargoed, false, {ContributionKind::kOpinion}};
  given_a_topic(rules);
  when(owner, OpenPhase{topic, kVote, {}}).then_accepted(2);
  const auto& box = std::get<BoxOpened>(decision().at(1).fact.payload);
  EXPECT_EQ(box.rules_hash, rules_hash(rules));
  EXPECT_EQ(box.secrecy, Secrecy::kEmbargoed);
  when(owner, ClosePhase{topic, kVote, {}}).then_accepted(2);
  EXPECT_TRUE(std::holds_alternative<BoxClosed>(decision().at(1).fact.payload));
}

TEST_F(TopicRules, A_phase_is_extended_only_while_open_with_a_justification_and_only_to_later) {
  given_a_topic();
  when(owner, ExtendPhase{topic, kFollowUp, {9'000}, "More time"}).then_rejected("phase_not_open");
  given_open(kFollowUp);
  when(owner, ExtendPhase{topic, kFollowUp, {9'000}, {}}).then_rejected("reason_missing");
  when(owner, ExtendPhase{topic, kFollowUp, {4'000}, "More time"}).then_rejected("not_an_extension");
  when(owner, ExtendPhase{topic, kFollowUp, {9'000}, "More time"}).then_accepted();
  EXPECT_EQ(then_first<PhaseExtended>().old_end, Timestamp{4'000});
}

TEST_F(TopicRules, An_extension_does_not_run_into_the_next_phase) {
  given_a_topic();
  given_open(kCollect);
  when(owner, ExtendPhase{topic, kCollect, {2'500}, "More time"}).then_rejected("phases_overlap");
}

TEST_F(TopicRules, Roles_come_from_the_log) {
  given_a_topic();
  when(ana, OpenPhase{topic, kCollect, {}}).then_rejected("role_missing");
  when(owner, GrantRole{city, ana, Role::kProcessOwner}).then_accepted();
  when(ana, OpenPhase{topic, kCollect, {}}).then_accepted();
  when(owner, RevokeRole{city, ana, Role::kProcessOwner, {}}).then_rejected("reason_missing");
  when(owner, RevokeRole{city, ana, Role::kProcessOwner, "Her term ended."}).then_accepted();
  when(ana, ClosePhase{topic, kCollect, {}}).then_rejected("role_missing");
}

TEST_F(TopicRules, Roles_are_granted_by_the_process_owner_to_participants_who_joined_and_only_known_ones) {
  when(editor, GrantRole{city, ana, Role::kModerator}).then_rejected("role_missing");
  when(owner, GrantRole{city, participant(99), Role::kModerator}).then_rejected("participant_unknown");
  when(owner, GrantRole{city, ana, Role::kInstallation}).then_rejected("role_not_grantable");
  when(owner, GrantRole{city, moderator, Role::kModerator}).then_rejected("role_held");
  when(owner, RevokeRole{city, ana, Role::kModerator, "x"}).then_rejected("role_not_held");
}

TEST_F(TopicRules, Only_the_installation_registers_organisations_and_each_slug_once) {
  when(owner, RegisterOrganisation{"province", "Province"}).then_rejected("role_missing");
  when_system(RegisterOrganisation{"Bad Slug", "Province"}).then_rejected("slug_invalid");
  when_system(RegisterOrganisation{"harbour-city", "Again"}).then_rejected("slug_taken");
  when_system(RegisterOrganisation{"province", "Province"}).then_accepted();
}

}  // namespace
}  // namespace civiclog
