#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/crypto.h"
#include "events/event_log.h"
#include "projections/recorded_event.h"

namespace civiclog {

// Reads and decodes events ahead of who applies them, on a thread of its own: a few batches are waiting at most. next() from
// one thread.
class EventFeed {
 public:
  static constexpr size_t kBatchEvents = 2'000;
  static constexpr size_t kMaxWaiting = 3;

  struct Batch {
    std::vector<RecordedEvent> events;  // Dense.
    Digest last_event{};                // SHA-256 of the last one's stored bytes.
  };

  // Everything after `after`, up to `goal`, which the log has.
  EventFeed(const EventLog& log, Position after, Position goal);

  // The next batch; empty at the goal. The error of an event that cannot be read or decoded: then nothing more comes.
  Result<Batch> next();

 private:
  void run(const std::stop_token& stop);
  Result<Batch> read(Position after) const;

  const EventLog& log_;
  const Position after_;
  const Position goal_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any changed_;
  std::deque<Result<Batch>> waiting_;
  std::jthread thread_;  // Last: it uses everything above.
};

}  // namespace civiclog
