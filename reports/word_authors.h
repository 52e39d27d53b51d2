#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "events/event_log.h"
#include "events/payloads.h"

// Whether the log says that a word was erased. Whose word it was is not in the log, but it can only have been the
// participant's who acted or is told of, or the organisation's, and an erasure stands in the stream of whose words it erases: so
// a few streams are read for it, and remembered, instead of a list of all erasures being kept. One thread.

namespace civiclog {

class WordAuthors {
 public:
  static constexpr size_t kMaxRemembered = 4'096;

  explicit WordAuthors(const EventLog& log) : log_(log) {}

  // The position of a words-erased event that covers this word of this event; nullopt when there is none.
  Result<std::optional<Position>> erasure_of(const Envelope& envelope, const Payload& payload, WordId word);

 private:
  struct Erasures {
    std::optional<Position> of_all;  // The author's key was destroyed.
    std::unordered_map<WordId, Position, UuidHash> words;
  };

  Result<const Erasures*> erasures_in(const StreamId& stream);
  Result<OrganisationId> organisation_of(TopicId topic);

  const EventLog& log_;
  std::unordered_map<StreamId, Erasures, StreamIdHash> erasures_;
  std::unordered_map<TopicId, OrganisationId, UuidHash> organisations_;
};

// The topic that an event is about; nil for events outside topics.
TopicId topic_of(const Envelope& envelope, const Payload& payload);

}  // namespace civiclog
