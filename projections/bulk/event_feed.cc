#include "projections/bulk/event_feed.h"

#include <algorithm>

#include <fmt/format.h>

namespace civiclog {

EventFeed::EventFeed(const EventLog& log, Position after, Position goal)
    : log_(log), after_(after), goal_(goal), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void EventFeed::run(const std::stop_token& stop) {
  Position after = after_;
  for (bool more = true; more && !stop.stop_requested();) {
    Result<Batch> batch = read(after);
    more = batch && !batch->events.empty();
    if (more) after = batch->events.back().position();
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return waiting_.size() < kMaxWaiting; })) return;
    waiting_.push_back(std::move(batch));
    changed_.notify_all();
  }
}

Result<EventFeed::Batch> EventFeed::read(Position after) const {
  Batch batch;
  if (after >= goal_) return batch;
  Result<std::vector<StoredEvent>> events = log_.read(after, std::min<uint64_t>(kBatchEvents, goal_.value - after.value));
  if (!events) return events.error();
  batch.events.reserve(events->size());
  for (StoredEvent& event : *events) {
    Result<Payload> payload = decode_payload(event);
    if (!payload) return payload.error();
    if (event.envelope.position != after.plus(batch.events.size() + 1)) return corrupt("The log is not dense; run `civic-replay verify`.");
    batch.events.push_back({std::move(event.envelope), std::move(*payload)});
  }
  if (batch.events.empty()) return corrupt(fmt::format("The log has no event after position {}; run `civic-replay verify`.", after.value));
  batch.last_event = sha256(events->back().bytes);
  return batch;
}

Result<EventFeed::Batch> EventFeed::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.empty(); });
  Result<Batch> batch = std::move(waiting_.front());
  const bool is_last = !batch || batch->events.empty();
  if (!is_last) waiting_.pop_front();  // The last one is said again.
  changed_.notify_all();
  return batch;
}

}  // namespace civiclog
