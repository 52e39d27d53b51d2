#include "events/event_log.h"

#include <future>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {

Result<Appended> append_and_wait(EventLog& log, AppendRequest request) {
  std::promise<Result<Appended>> answer;
  std::future<Result<Appended>> waiting = answer.get_future();
  log.append(std::move(request), [&answer](Result<Appended> result) { answer.set_value(std::move(result)); });
  return waiting.get();
}

Result<StoredEvent> read_one(const EventLog& log, Position position) {
  if (position.value == 0 || position > log.head()) {
    return not_found(fmt::format("there is no event at position {}; the log ends at {}", position.value, log.head().value));
  }
  Result<std::vector<StoredEvent>> events = log.read({position.value - 1}, 1);
  if (!events) return events.error();
  CHECK(events->size() == 1);
  return std::move(events->front());
}

Result<Position> position_at(const EventLog& log, Timestamp time) {
  uint64_t at_or_before = 0;
  uint64_t after = log.head().value + 1;
  while (at_or_before + 1 < after) {
    const uint64_t middle = at_or_before + (after - at_or_before) / 2;
    const Result<StoredEvent> event = read_one(log, {middle});
    if (!event) return event.error();
    (event->envelope.recorded_at <= time ? at_or_before : after) = middle;
  }
  return Position{at_or_before};
}

}  // namespace civiclog
