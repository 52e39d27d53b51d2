#include "events/append_queue.h"

#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

bool can_be_stored(const StreamId& stream) {
  const auto kind = static_cast<uint8_t>(stream.kind);
  return kind >= 1 && kind <= kMaxStreamKind && (stream.tag.is_nil() || stream.kind == StreamKind::kBallot);
}

bool can_be_stored(const EventDraft& event) {
  return can_be_stored(event.stream) && !event.type.empty() && event.type.size() <= kMaxTypeNameSize &&
         event.schema > 0 && event.actor.kind <= kMaxActorKind && event.actor.role <= kMaxRole;
}

Error too_large(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message), "too_large"}; }

Error malformed(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message), "malformed"}; }

}  // namespace

Result<size_t> measure_commit(const AppendRequest& request) {
  if (request.events.empty()) {
    return Error{ErrorCode::kInvalidArgument, "A commit has no event: every accepted command writes at least one.", "no_event"};
  }
  if (request.events.size() > kMaxEventsPerCommit) {
    return too_large(fmt::format("A commit has {} events, the limit is {}: split the command.", request.events.size(),
                                 kMaxEventsPerCommit));
  }
  if (request.checks.size() > kMaxChecksPerCommit) {
    return too_large(fmt::format("A commit checks {} streams, the limit is {}: split the command.",
                                 request.checks.size(), kMaxChecksPerCommit));
  }
  size_t stored = 0;
  for (const EventDraft& event : request.events) {
    if (!can_be_stored(event)) {
      return malformed(fmt::format("An event of type '{}' has a stream, type name, schema or actor that the event format does not know.",
                                   event.type));
    }
    const size_t size = stored_size(event.type, event.payload.size());
    if (size > kMaxEventSize) {
      return too_large(fmt::format("An event of type '{}' takes {} bytes, the limit is {}: shorten it.", event.type,
                                   size, kMaxEventSize));
    }
    stored += size;
  }
  if (stored > kMaxCommitBytes) {
    return too_large(fmt::format("A commit takes {} bytes, the limit is {}: split the command.", stored, kMaxCommitBytes));
  }
  return stored + request.events.size() * sizeof(EventDraft) + request.checks.size() * sizeof(StreamCheck);
}

Status AppendQueue::push(QueuedAppend&& append) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return *closed_;
    if (is_full_for(append.bytes)) {
      return Error{ErrorCode::kUnavailable,
                   fmt::format("The log's queue is full with {} commits and {} bytes; nothing was written, try again.",
                               waiting_.size(), bytes_),
                   "queue_full"};
    }
    bytes_ += append.bytes;
    waiting_.push_back(std::move(append));
    wake = waiting_.size() == 1 || waiting_.size() == wanted_;
  }
  if (wake) changed_.notify_one();
  return {};
}

std::vector<QueuedAppend> AppendQueue::take(const Patience& patience) {
  std::unique_lock lock(mutex_);
  wanted_ = patience.wanted;
  changed_.wait_until(lock, patience.until, [this] { return !waiting_.empty() || closed_; });
  if (!waiting_.empty() && waiting_.size() < patience.wanted && patience.linger.count() > 0) {
    changed_.wait_for(lock, patience.linger, [&] { return waiting_.size() >= patience.wanted || closed_; });
  }
  std::vector<QueuedAppend> batch;
  size_t taken = 0;
  while (!waiting_.empty() && batch.size() < kMaxBatchRequests) {
    const size_t next = waiting_.front().bytes;
    if (!batch.empty() && taken + next > kMaxBatchBytes) break;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    taken += next;
    bytes_ -= next;
  }
  return batch;
}

void AppendQueue::close(Error reason) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) closed_ = std::move(reason);
  }
  changed_.notify_one();
}

bool AppendQueue::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_.has_value();
}

bool AppendQueue::drained() const {
  const std::lock_guard lock(mutex_);
  return closed_.has_value() && waiting_.empty();
}

size_t AppendQueue::requests() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

size_t AppendQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

bool AppendQueue::is_full_for(size_t bytes) const {
  return !waiting_.empty() && (waiting_.size() >= limits_.max_requests || bytes_ + bytes > limits_.max_bytes);
}

}  // namespace civiclog
