#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "events/event_log.h"

// What waits to be committed. Any thread pushes, the log's one writer thread takes batches. Bounded in requests and
// in bytes, so that a slow disk shows as refusals at the door and not as memory. One private mutex, never held while
// anything of the caller runs.

namespace civiclog {

inline constexpr size_t kMaxQueuedRequests = 4'096;
inline constexpr size_t kMaxQueuedBytes = 64u << 20;
// One flush carries at most this much, so that its first request does not wait for a whole long queue.
inline constexpr size_t kMaxBatchRequests = 4'096;
inline constexpr size_t kMaxBatchBytes = 8u << 20;
inline constexpr size_t kMaxChecksPerCommit = 4'096;

struct QueueLimits {
  size_t max_requests = kMaxQueuedRequests;
  size_t max_bytes = kMaxQueuedBytes;
};

struct QueuedAppend {
  AppendRequest request;
  Completion completion;
  size_t bytes = 0;  // As measured by measure_commit().
};

// Memory a commit takes while it waits, which is at least its stored size; or why no log ever accepts it:
// kInvalidArgument with the rule "no_event", "too_large", or "malformed" (a field that the envelope cannot carry).
Result<size_t> measure_commit(const AppendRequest& request);

class AppendQueue {
 public:
  explicit AppendQueue(QueueLimits limits) : limits_(limits) {}

  // A refusal leaves `append` untouched: kUnavailable "queue_full", or the reason given to close(). A single
  // request is accepted into an empty queue whatever its size.
  Status push(QueuedAppend&& append);

  // What take() waits for. `linger` is how long it waits for `wanted` requests once one is there: callers that were
  // just answered are about to come again, and one flush for all of them beats two for halves.
  struct Patience {
    std::chrono::steady_clock::time_point until;
    size_t wanted = 1;
    std::chrono::microseconds linger{0};
  };

  // The next batch, in order of arrival. Empty when nothing came until `patience.until`, or closed() and drained.
  std::vector<QueuedAppend> take(const Patience& patience);

  // Refuses all further pushes with `reason` and wakes the writer; what is queued can still be taken. The first
  // reason stays.
  void close(Error reason);
  bool closed() const;
  // Closed, and nothing left to take.
  bool drained() const;

  size_t requests() const;
  size_t bytes() const;

 private:
  bool is_full_for(size_t bytes) const;

  const QueueLimits limits_;
  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::deque<QueuedAppend> waiting_;
  size_t bytes_ = 0;
  size_t wanted_ = 1;  // The writer is woken when this many are there.
  std::optional<Error> closed_;
};

}  // namespace civiclog
