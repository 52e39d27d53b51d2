#include "reports/log_walk.h"

#include <algorithm>

namespace civiclog {
namespace {

constexpr uint64_t kBatch = 2'000;

}  // namespace

Status walk_log(const EventLog& log, Position up_to, const LogVisitor& visitor, const CheckProgress& progress) {
  // A damaged event fails the whole batch: what is around it is then read one by one.
  Position singly_until;
  for (Position done; done < up_to;) {
    const uint64_t limit = done < singly_until ? 1 : std::min(kBatch, up_to.value - done.value);
    const Result<std::vector<StoredEvent>> events = log.read(done, limit);
    if (!events && !visitor.unreadable) return events.error();
    if (!events && limit > 1) {
      singly_until = done.plus(limit);
      continue;
    }
    if (!events) {
      done = done.next();
      visitor.unreadable(done, events.error());
      continue;
    }
    if (events->empty()) return corrupt("the log ended while it was read; run `civic-replay verify`");
    for (const StoredEvent& event : *events) {
      if (Status status = visitor.event(event); !status) return status;
    }
    done = events->back().envelope.position;
    if (progress) progress(done.value, up_to.value);
  }
  return {};
}

}  // namespace civiclog
