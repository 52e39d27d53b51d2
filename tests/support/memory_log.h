#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "events/append_queue.h"
#include "events/event_log.h"

// A log in memory for tests. It keeps the same promises as RocksLog except to outlive the process, but shares none of
// its code beyond the queue: what one gets wrong the other does not, and the conformance suite tells them apart.
//
//   MemoryLog log(LogId{make_uuid_v4(random_array<16>())});                    // the system's clock
//   MemoryLog log(id, {.clock = [&] { return now; }});                          // the test's clock
//   auto again = std::make_unique<MemoryLog>(id, options, log.stop_and_take()); // "reopened"
//
// Threads: as EventLog says. One writer thread; one mutex guards all contents; completions run outside it.

namespace civiclog {

struct MemoryLogOptions {
  Clock clock = system_now;
  QueueLimits queue = {};
};

class MemoryLog final : public EventLog {
 public:
  explicit MemoryLog(LogId id, MemoryLogOptions options = {}, std::vector<StoredEvent> events = {});
  ~MemoryLog() override;
  MemoryLog(const MemoryLog&) = delete;
  MemoryLog& operator=(const MemoryLog&) = delete;

  void append(AppendRequest request, Completion completion) override;
  Result<std::vector<StoredEvent>> read(Position after, size_t limit) const override;
  Result<std::vector<StoredEvent>> read_stream(StreamId stream, Version after) const override;
  Result<Version> stream_version(StreamId stream) const override;
  Result<std::optional<CommandRecord>> find_command(CommandId command) const override;
  Position head() const override;
  bool wait_past(Position position, Deadline deadline, std::stop_token stop) const override;
  LogId id() const override { return id_; }

  // Commits what is queued, then refuses everything. Reads go on. Not from a completion.
  void stop();
  // Stops and gives away the contents: the log is empty afterwards.
  std::vector<StoredEvent> stop_and_take();

 private:
  void run_writer();
  Result<Appended> commit(const AppendRequest& request);
  void remember(StoredEvent event);
  size_t version_of(const StreamId& stream) const;

  const LogId id_;
  const MemoryLogOptions options_;
  AppendQueue queue_;

  mutable std::mutex mutex_;  // Guards what follows; never held together with the queue's.
  mutable std::condition_variable_any grown_;
  std::vector<StoredEvent> events_;
  std::unordered_map<StreamId, std::vector<size_t>, StreamIdHash> streams_;
  std::unordered_map<CommandId, CommandRecord, UuidHash> commands_;
  bool stopped_ = false;

  std::once_flag stop_once_;
  std::thread writer_;
};

}  // namespace civiclog
