#include "reports/log_walk.h"

#include <algorithm>

namespace civiclog {
namespace {

constexpr uint64_t kBatch = 2'000;

}  // namespace

Status walk_log(const EventLog& log, Position up_to, const VisitEvent& visit, const CheckProgress& progress) {
  for (Position done; done < up_to;) {
    const Result<std::vector<StoredEvent>> events = log.read(done, std::min(kBatch, up_to.value - done.value));
    if (!events) return events.error();
    if (events->empty()) return corrupt("the log ended while it was read; run `civic-replay verify`");
    for (const StoredEvent& event : *events) {
      if (Status status = visit(event); !status) return status;
    }
    done = events->back().envelope.position;
    if (progress) progress(done.value, up_to.value);
  }
  return {};
}

}  // namespace civiclog
