#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "commands/decider.h"

// Given / when / then for the rules. A test's world is a table of streams; given() adds what has happened, when() asks,
// and then_…() says what must follow. A decision that is accepted also happens, so that stories can go on.
//
// The cast: a city with a process owner, an editor, a moderator and a stakeholder; verified citizens Ana and Ben; Cem, who
// has joined and is not verified; a topic with a phase to collect, one to vote and one to follow up.

namespace civiclog {

class RuleTest : public testing::Test, public StateSource, public Secrets {
 public:
  RuleTest();

  const OrganisationId city = organisation_id_of("harbour-city");
  const TopicId topic = topic_id_of("tram");
  const ParticipantId owner = participant(1), editor = participant(2), moderator = participant(3), stakeholder = participant(4);
  const ParticipantId ana = participant(10), ben = participant(11), cem = participant(12);
  const ContributionId idea = contribution(1), other_idea = contribution(2);
  static constexpr uint16_t kCollect = 0, kVote = 1, kFollowUp = 2;

  static ParticipantId participant(uint8_t n) { return {Uuid{{1, n}}}; }
  static ContributionId contribution(uint8_t n) { return {Uuid{{2, n}}}; }
  static CommentId comment(uint8_t n) { return {Uuid{{3, n}}}; }
  static CaseId moderation_case(uint8_t n) { return {Uuid{{4, n}}}; }
  Tag tag(ParticipantId participant) const { return {participant.uuid}; }

  void given(StreamId stream, Payload payload, Actor actor = {});
  // The topic with rules and three phases; none open.
  void given_a_topic(Rules rules = {Secrecy::kPseudonymous, false,
                                    {ContributionKind::kPolicy, ContributionKind::kOpinion, ContributionKind::kArticle}});
  void given_open(uint16_t phase);
  void given_closed(uint16_t phase);
  void given_idea(ContributionId id, ParticipantId author);
  void given_voting_on(ContributionId id);  // given_a_topic, the idea by Ben, and the voting phase open.

  RuleTest& when(Issuer issuer, Command command);
  RuleTest& when(ParticipantId issuer, Command command) { return when(issued_by(issuer), std::move(command)); }
  RuleTest& when_system(Command command) { return when(issued_by_system(), std::move(command)); }

  void then_accepted(size_t events = 1);
  void then_rejected(const std::string& rule);
  template <typename Event>
  Event then_first();
  bool checked(StreamId stream) const;
  const Decision& decision() const { return *result_; }

  DecideModeration hide(ContributionId target) const;

  Result<const VersionedState*> find(const StreamId& stream) override;
  Result<Tag> tag_of(const BoxState& box, ParticipantId participant, const WordRef& identity) override;
  Result<NewBox> new_box() override;
  Result<Uuid> author_of(WordId word) override;

  std::map<WordId, Uuid> word_authors;
  static WordRef word(uint8_t n) { return {WordId{Uuid{{9, n}}}, {}}; }

 private:
  std::map<StreamId, VersionedState> streams_;
  Result<Decision> result_ = invalid_argument("nothing was asked");
  std::vector<StreamCheck> checks_;
  uint8_t boxes_ = 0;
};

template <typename Event>
Event RuleTest::then_first() {
  if (!result_) {
    ADD_FAILURE() << "rejected: " << result_.error().rule << ": " << result_.error().message;
    return {};
  }
  const Event* event = std::get_if<Event>(&result_->front().fact.payload);
  if (event == nullptr) {
    ADD_FAILURE() << "the first event is not a " << Event::kType;
    return {};
  }
  return *event;
}

}  // namespace civiclog
