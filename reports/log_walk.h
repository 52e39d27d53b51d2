#pragma once

#include <functional>

#include "events/event_log.h"
#include "events/log_check.h"

// Reads a log from its beginning in constant memory. Two ways: one ends at the first event that cannot be read, one
// tells of it and goes on.

namespace civiclog {

struct LogVisitor {
  std::function<Status(const StoredEvent&)> event;                  // An error ends the walk and is its result.
  std::function<void(Position, const Error&)> unreadable = nullptr;  // Not given: an unreadable event ends the walk.
};

// Events from 1 to `up_to`, which must not be after the log's head.
Status walk_log(const EventLog& log, Position up_to, const LogVisitor& visitor, const CheckProgress& progress = {});

}  // namespace civiclog
