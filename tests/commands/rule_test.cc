#include "tests/commands/rule_test.h"

#include <algorithm>

#include "commands/words.h"

namespace civiclog {

RuleTest::RuleTest() {
  given(stream_of(city), OrganisationRegistered{"harbour-city", word(1)});
  for (const ParticipantId joined : {owner, editor, moderator, stakeholder, ana, ben, cem}) {
    given(stream_of(joined), ParticipantJoined{});
    if (joined != cem) given(stream_of(joined), ParticipantVerified{"eid", word(joined.uuid.bytes[1])});
  }
  given(stream_of(city), RoleGranted{owner, Role::kProcessOwner});
  given(stream_of(city), RoleGranted{editor, Role::kEditor});
  given(stream_of(city), RoleGranted{moderator, Role::kModerator});
  given(stream_of(city), RoleGranted{stakeholder, Role::kStakeholder});
}

void RuleTest::given(StreamId stream, Payload payload, Actor actor) {
  VersionedState& state = streams_.try_emplace(stream, VersionedState{kNone, initial_state(stream.kind), true}).first->second;
  evolve(state.state, Fact{std::move(payload), actor});
  state.version = state.version.next();
}

void RuleTest::given_a_topic(Rules rules) {
  given(stream_of(topic), TopicLaunched{city, "tram", word(20), word(21), ""});
  given(stream_of(topic), RulesSet{std::move(rules), {}});
  given(stream_of(topic), PhasesDefined{{{PhaseKind::kCollect, {true, true, false}, {1'000}, {2'000}},
                                         {PhaseKind::kVote, {false, true, true}, {2'000}, {3'000}},
                                         {PhaseKind::kFollowUp, {}, {3'000}, {4'000}}}});
}

void RuleTest::given_open(uint16_t phase) {
  when_system(OpenPhase{topic, phase, {}});
  then_accepted(phase == kVote ? 2 : 1);
}

void RuleTest::given_closed(uint16_t phase) {
  when_system(ClosePhase{topic, phase, {}});
  ASSERT_TRUE(result_) << result_.error().message;
}

void RuleTest::given_idea(ContributionId id, ParticipantId author) {
  given(stream_of(id), ContributionSubmitted{topic, ContributionKind::kOpinion, false, word(30), word(31), {}, ""},
        acting_participant(author, Role::kCitizen));
}

void RuleTest::given_voting_on(ContributionId id) {
  given_a_topic();
  given_idea(id, ben);
  given_open(kVote);
}

RuleTest& RuleTest::when(Issuer issuer, Command command) {
  assign_words(command);
  Loader loader(*this);
  result_ = decide(command, issuer, loader, *this);
  checks_ = loader.checks();
  if (result_) {
    for (const NewEvent& event : *result_) {
      EXPECT_TRUE(checked(event.stream)) << "a stream is written and not checked: " << event.stream.text();
      given(event.stream, event.fact.payload, event.fact.actor);
    }
  }
  return *this;
}

void RuleTest::then_accepted(size_t events) {
  ASSERT_TRUE(result_) << "rejected: " << result_.error().rule << ": " << result_.error().message;
  EXPECT_EQ(result_->size(), events);
}

void RuleTest::then_rejected(const std::string& rule) {
  ASSERT_FALSE(result_) << "accepted, though " << rule << " should forbid it";
  EXPECT_EQ(result_.error().rule, rule) << result_.error().message;
  EXPECT_FALSE(result_.error().message.empty());
}

bool RuleTest::checked(StreamId stream) const {
  return std::ranges::any_of(checks_, [&](const StreamCheck& check) { return check.stream == stream; });
}

DecideModeration RuleTest::hide(ContributionId target) const {
  return {moderation_case(1), {topic, target, {}}, ModerationAction::kHide, Ground::kOffensive, "It insults a person.",
          "house-rules/1#3", false};
}

Result<const VersionedState*> RuleTest::find(const StreamId& stream) {
  return &streams_.try_emplace(stream, VersionedState{kNone, initial_state(stream.kind), true}).first->second;
}

Result<Tag> RuleTest::tag_of(const BoxState&, ParticipantId participant, const WordRef& identity) {
  EXPECT_TRUE(identity.is_given());
  return tag(participant);
}

Result<NewBox> RuleTest::new_box() { return NewBox{BoxId{Uuid{{5, ++boxes_}}}, sha256("key")}; }

Result<Uuid> RuleTest::author_of(WordId word) {
  const auto found = word_authors.find(word);
  if (found == word_authors.end()) return not_found("no such word");
  return found->second;
}

}  // namespace civiclog
