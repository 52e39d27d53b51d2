#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "events/envelope.h"

// Whether a whole log is what it should be: every event readable, dense, of this log, in whole commits, with time that
// never runs back; and every index row exactly what the events say, with none missing and none too many.
//
// One pass over each column family in its own order: an event adds the rows it should have to a fingerprint, a row
// adds itself, and equal sums mean equal sets (128 bits, keyed anew in each run). Only if they differ are
// the rows looked up one by one, to name them. Memory does not grow with the log.

namespace civiclog {

class LogStore;

inline constexpr size_t kMaxFindings = 100;

struct LogFinding {
  Position position;     // 0 where a row names none.
  std::string key;       // The event or row: "event 17", "stream topic-… version 3", "command …".
  std::string sentence;  // What is wrong with it.
};

struct LogCheck {
  Position head;
  uint64_t events = 0;
  uint64_t commits = 0;
  uint64_t streams = 0;
  std::vector<LogFinding> findings;  // At most kMaxFindings; empty means that all is well.
  bool has_more = false;             // There were more than kMaxFindings.
};

// Called now and then with the rows done and about how many there are.
using CheckProgress = std::function<void(uint64_t done, uint64_t total)>;

// For whoever has a question of their own to each event, so that a long log is read once for all of them: in the order of
// positions, each either read or not.
struct LogCheckVisitor {
  std::function<void(const StoredEvent&)> event;
  std::function<void(Position, const Error&)> unreadable;
};

// Checks all events up to `head` and all rows there are; `head` must be the last event in the store, with nobody
// writing, or with a store that lets the check take a snapshot. An error only when nothing could be checked.
Result<LogCheck> check_log(const LogStore& store, const CheckProgress& progress, const LogCheckVisitor& visitor = {});

}  // namespace civiclog
