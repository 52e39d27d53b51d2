#pragma once

#include <functional>

#include "events/event_log.h"
#include "events/log_check.h"

// Reads a log from its beginning in constant memory, up to the first event that cannot be read.

namespace civiclog {

// An error ends the walk and is its result.
using VisitEvent = std::function<Status(const StoredEvent&)>;

// Events from 1 to `up_to`, which must not be after the log's head.
Status walk_log(const EventLog& log, Position up_to, const VisitEvent& visit, const CheckProgress& progress = {});

}  // namespace civiclog
