#pragma once

#include "events/rocks_log.h"
#include "reports/findings.h"

namespace civiclog {

// RocksLog::check_indexes(), with each finding told apart: an index row that is missing or unreadable is damage; a row that
// says something else than an event with a right checksum, or two events that claim the same place in a stream or the same
// command, is tampering. Events themselves are the visitor's: what it has found at a position is not repeated.
Result<LogCheck> check_indexes(const RocksLog& log, Findings& findings, const CheckProgress& progress, const LogCheckVisitor& visitor);

}  // namespace civiclog
