#pragma once

#include <map>
#include <vector>

#include "commands/decider.h"
#include "tests/support/memory_log.h"

// A small world in memory for commands to be about: a city, three people, an open topic with its box, one opinion, one comment
// and one moderation case, under ids that are easy to type. It is read and never written: asking changes nothing.
//
// One thread.

namespace civiclog {

class CommandWorld final : public StateSource, public Secrets {
 public:
  CommandWorld();

  const OrganisationId city = organisation_id_of("riverside");
  const TopicId tram = topic_id_of("tram");
  const ParticipantId citizen{id(1)}, officer{id(2)}, newcomer{id(3)};  // Ana; every role at the city; joined, not verified.
  const ContributionId opinion{id(4)};
  const CommentId comment{id(5)};
  const CaseId flagged{id(6)};

  static Uuid id(uint8_t number);  // 00000000-0000-7000-8000-0000000000NN
  const EventLog& log() const { return log_; }

  Result<const VersionedState*> find(const StreamId& stream) override;
  void trim();  // Invalidates pointers from find(), as StateCache::trim() does: call it between decisions.
  Result<Tag> tag_of(const BoxState& box, ParticipantId participant, const WordRef& identity) override;
  Result<NewBox> new_box() override;
  Result<Uuid> author_of(WordId word) override;

 private:
  static std::vector<StoredEvent> history(const CommandWorld& world);

  MemoryLog log_;
  std::map<StreamId, VersionedState> states_;  // Of what was asked for.
};

}  // namespace civiclog
