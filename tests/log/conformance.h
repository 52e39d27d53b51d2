#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "events/append_queue.h"
#include "events/event_log.h"

// The one suite that every log passes. A log's own test file says how it is made and opened again:
//
//   INSTANTIATE_TEST_SUITE_P(MemoryLog, LogConformance, testing::Values(LogMaker{make_memory_log}));

namespace civiclog {

struct LogSettings {
  Clock clock = system_now;
  QueueLimits queue = {};
};

// One log through its life. Not thread-safe; the log itself is.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  virtual EventLog& log() = 0;
  // Ends it in an orderly way; reads go on.
  virtual void stop() = 0;
  // As after a restart of the service.
  virtual void reopen() = 0;
};

using LogMaker = std::function<std::unique_ptr<LogUnderTest>(LogSettings)>;

// A clock that the test moves; from any thread.
class TestClock {
 public:
  explicit TestClock(int64_t ms) : now_(ms) {}
  void set(int64_t ms) { now_ = ms; }
  Clock clock() {
    return [this] { return Timestamp{now_.load()}; };
  }

 private:
  std::atomic<int64_t> now_;
};

StreamId new_stream();
CommandId new_command();
// A new command that writes `events` events to the stream, of about `payload_size` bytes each.
AppendRequest writing(const StreamId& stream, size_t events = 1, size_t payload_size = 20);
// The same, if the stream is at that version.
AppendRequest writing_at(const StreamId& stream, Version expected);
// Fails the test unless it is accepted.
Appended must_append(EventLog& log, AppendRequest request);
std::future<Result<Appended>> submit(EventLog& log, AppendRequest request);
// Reads everything in batches, asserting density and time.
std::vector<StoredEvent> read_all(const EventLog& log);

// Holds the log's thread in a completion, so that a test decides what is queued together.
class Stall {
 public:
  explicit Stall(EventLog& log);
  ~Stall() { release(); }
  void release();

 private:
  std::promise<void> released_;
  std::shared_future<void> release_{released_.get_future().share()};
  bool is_released_ = false;
};

class LogConformance : public testing::TestWithParam<LogMaker> {
 protected:
  void make(LogSettings settings = {}) { under_test_ = GetParam()(std::move(settings)); }
  EventLog& log() { return under_test_->log(); }
  std::unique_ptr<LogUnderTest> under_test_;
};

// For logs that count their flushes: requests in flight together share them.
void expect_group_commit(EventLog& log, const std::function<uint64_t()>& flushes);

}  // namespace civiclog
