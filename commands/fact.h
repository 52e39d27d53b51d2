#pragma once

#include <vector>

#include "base/position.h"
#include "events/envelope.h"
#include "events/event_log.h"
#include "events/payloads.h"

// The currency of deciders: what has happened in a stream, and what shall be written.

namespace civiclog {

// Of the id that something has in the system it was imported from.
inline constexpr size_t kMaxSourceIdSize = 256;

// One event of a stream, as evolve() sees it.
struct Fact {
  Payload payload;
  Actor actor;
};

// One event that a decision wants to write.
struct NewEvent {
  StreamId stream;
  Fact fact;
};

// What was decided; at least one event, because the command's id must be remembered.
using Decision = std::vector<NewEvent>;

}  // namespace civiclog
