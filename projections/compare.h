#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "events/event_log.h"
#include "projections/projection.h"
#include "projections/projector.h"
#include "projections/views.h"

// Rebuild and compare: computes the read models anew from the log, in a directory of their own, up to where the live
// ones are, and compares them byte for byte, past included. Changes neither log nor live read models; may run
// beside a writer (over a secondary).

namespace civiclog {

struct Difference {
  std::string projection;
  bool in_history = false;
  std::string key_hex;
  std::string meaning;  // e.g. "contribution 0190… tally at position 77: agree 12 …, rebuilt agree 13 …"
};

struct ComparedView {
  std::string projection;
  uint32_t version = 0;
  Position position;     // Up to which it was compared.
  uint64_t rows = 0;     // Latest rows and index entries.
  uint64_t history = 0;  // Past rows.
  std::optional<Difference> difference;  // The first one; then rows and history count what came before it.
  std::string skipped;   // Why it was not compared ("another version", "still building"); otherwise empty.
};

// One for each projection. A faulted read model is compared up to its checkpoint. `empty_directory` must not exist or be empty; what is
// made in it is removed. Errors: those of Views and Projector.
Result<std::vector<ComparedView>> compare_views(const EventLog& log, const Views& live, Projections projections,
                                                const std::filesystem::path& empty_directory, std::stop_token stop = {},
                                                const OnProgress& progress = {});

}  // namespace civiclog
