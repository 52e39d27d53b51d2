#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "events/head_anchor.h"
#include "events/log_store.h"

// Opening a log's directory, and every reason not to. Each refusal is one sentence that says what to do: no log here,
// half created, in use, another installation's, a newer format, damaged, or an acknowledged end that is lost. Opening
// for writing first looks at everything without changing a byte, so that a refused directory stays evidence.
// Used by RocksLog only; not thread-safe for the same directory.

namespace civiclog {

struct LogEnd {
  HeadMark mark;
  Timestamp recorded_at;  // The smallest time for an empty log.
};

struct OpenedLog {
  std::unique_ptr<LogStore> store;
  std::unique_ptr<HeadAnchor> anchor;  // Only with write access.
  LogEnd end;
};

// The directory must be missing or empty; its parent must exist. kConflict "log_exists" if there is a log.
Result<OpenedLog> create_log(const std::string& directory, LogId log, const StoreSettings& settings);
// kUnavailable "in_use" when another process, or another place in this one, has it open for writing.
Result<OpenedLog> open_log(const std::string& directory, std::optional<LogId> expected, const StoreSettings& settings);
Result<OpenedLog> open_log_secondary(const std::string& directory, std::optional<LogId> expected, const StoreSettings& settings);
// Makes the present end the right one. The deliberate answer to a lost or damaged head file, or a lost end.
Result<AcceptedHead> accept_head(const std::string& directory, const StoreSettings& settings);

// The last event, decoded, and its mark.
Result<LogEnd> end_of(const LogStore& store);

}  // namespace civiclog
