#pragma once

#include <optional>
#include <string>

#include "events/envelope.h"
#include "events/payloads.h"

// Which events a reader of the log wants to see. Pure.

namespace civiclog {

struct EventFilter {
  std::optional<TopicId> topic;
  std::optional<Uuid> actor;  // Nil: the system.
  std::string type;           // Empty: all.

  // By the envelope alone; an event that passes still needs matches_topic().
  bool matches_envelope(const Envelope& envelope) const;
  bool matches_topic(const Envelope& envelope, const Payload& payload) const;
};

}  // namespace civiclog
