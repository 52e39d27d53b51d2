#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "events/event_log.h"
#include "events/log_check.h"
#include "projections/projection.h"
#include "projections/views.h"
#include "reports/findings.h"

namespace civiclog {

struct CheckedView {
  std::string projection;
  uint32_t version = 0;
  ViewState state = ViewState::kBuilding;
  Position checkpoint;
  uint64_t rows = 0;     // Latest rows and index entries.
  uint64_t history = 0;  // Past rows.
};

// Whether the read models stand on this log: none ahead of it or of another history, none faulted, every row readable and none
// newer than the checkpoint, and at a checkpoint past the beginning there are rows at all. Whether the rows are right is for
// compare_views() to say. Constant memory; reads them once.
std::vector<CheckedView> check_views(const EventLog& log, const Views& views, const Projections& projections, Findings& findings,
                                     const CheckProgress& progress = {});

}  // namespace civiclog
