#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "events/append_queue.h"
#include "events/event_log.h"
#include "events/head_anchor.h"
#include "events/log_check.h"
#include "storage/table_files.h"

namespace rocksdb {
class Env;
}

// The log of one node: a RocksDB directory with one writer thread.
//
// The writer takes what is queued, gives every event its place (events/commit_stager.h), writes all of it with one
// flush, writes the head anchor (events/head_anchor.h), publishes the new head, wakes those who wait for it, and then
// runs the completions in order. Nobody is told of a commit that is not durable and readable.
//
// A failed write or flush stops the writer for good: after it nobody knows what is on disk. The commits of that batch
// are answered kOutcomeUnknown, all others kUnavailable "log_stopped"; state() and failure() tell. Reads go on. Opening
// the directory again settles what was written.
//
// A secondary reads beside a running writer in another process, or from a stopped directory, and changes nothing on disk. It
// stands still until somebody calls catch_up(). Its append() refuses with kUnavailable "read_only".
//
// Threads: everything from any thread, except that stop() and the destructor are not called from a completion, and
// catch_up() by one thread at a time. The store, the stager and the anchor belong to the writer thread; of the
// store only const functions are used by others. Lock order: there is none to keep, no lock is taken while another
// is held: the queue's own, mutex_, and RocksDB's.

namespace civiclog {

class LogStore;
class CommitStager;
struct OpenedLog;

struct RocksLogOptions {
  Clock clock = system_now;
  QueueLimits queue = {};
  size_t cache_bytes = 64u << 20;      // RocksDB's block cache. Memtables take at most 32 MiB besides.
  std::optional<LogId> expected_log = std::nullopt; // Refuse the log of any other installation.
  rocksdb::Env* env = nullptr;         // Must outlive the log. nullptr: the machine's own.
};

enum class LogState { kRunning, kStopped, kFailed, kSecondary };

struct RocksLogStats {
  uint64_t flushes = 0;  // Batches written. Each is one flush.
  uint64_t commits = 0;
  uint64_t events = 0;
  size_t queued_requests = 0;
  size_t queued_bytes = 0;
};

class RocksLog final : public EventLog {
 public:
  // See events/log_opening.h for every refusal. The parent of `directory` must exist.
  static Result<std::unique_ptr<RocksLog>> create(const std::filesystem::path& directory, LogId id, RocksLogOptions options = {});
  static Result<std::unique_ptr<RocksLog>> open(const std::filesystem::path& directory, RocksLogOptions options = {});
  static Result<std::unique_ptr<RocksLog>> open_secondary(const std::filesystem::path& directory, RocksLogOptions options = {});
  // For a log that open() refuses because of its end: declares the present end the right one and returns it. What lay
  // behind it is given up.
  static Result<AcceptedHead> accept_present_head(const std::filesystem::path& directory, RocksLogOptions options = {});
  ~RocksLog() override;
  RocksLog(const RocksLog&) = delete;
  RocksLog& operator=(const RocksLog&) = delete;

  void append(AppendRequest request, Completion completion) override;
  Result<std::vector<StoredEvent>> read(Position after, size_t limit) const override;
  Result<std::vector<StoredEvent>> read_stream(StreamId stream, Version after) const override;
  Result<Version> stream_version(StreamId stream) const override;
  Result<std::optional<CommandRecord>> find_command(CommandId command) const override;
  Position head() const override { return {head_.load(std::memory_order_acquire)}; }
  bool wait_past(Position position, Deadline deadline, std::stop_token stop) const override;
  LogId id() const override { return id_; }

  // Commits what is queued, then refuses everything and wakes all waiters. Reads go on.
  void stop();
  LogState state() const;
  // The reason of kFailed as one sentence; otherwise empty.
  std::string failure() const;
  // What RocksDB could not do for itself (flush, compact); the next write then fails. Empty when all is well.
  std::string background_error() const;
  RocksLogStats stats() const;

  // Only of a secondary: sees what the writer has done since, and wakes waiters.
  Status catch_up();

  // Whether events and indexes say the same; see events/log_check.h. Beside a running writer it checks the log as it
  // was at the beginning.
  Result<LogCheck> check_indexes(const CheckProgress& progress = {}, const LogCheckVisitor& visitor = {}) const;

  // The files beneath; see storage/table_files.h.
  static Status check_still_files(const std::filesystem::path& directory, FileDepth depth, const BytesProgress& progress = {});
  Status read_every_block(const std::stop_token& stop, const BytesProgress& progress = {}) const;
  uint64_t table_bytes() const;

 private:
  RocksLog(OpenedLog opened, RocksLogOptions options);

  void run_writer();
  // Both answer everything they were given. commit() says false when the log has failed.
  bool commit(std::vector<QueuedAppend> batch);
  void refuse_queued();
  Status write_staged();
  Status sync_anchor_if_due();
  void publish(Position head);
  void fail(const Error& error);
  void set_state(LogState state, std::string failure = {});

  const RocksLogOptions options_;
  const LogId id_;
  const std::unique_ptr<LogStore> store_;
  const std::unique_ptr<HeadAnchor> anchor_;  // nullptr in a secondary, as stager_.
  const std::unique_ptr<CommitStager> stager_;
  AppendQueue queue_;

  std::atomic<uint64_t> head_;
  std::atomic<uint64_t> flushes_{0};
  std::atomic<uint64_t> commits_{0};
  std::atomic<uint64_t> events_{0};

  // Of the writer thread alone.
  size_t last_batch_ = 1;
  std::chrono::steady_clock::duration last_write_{0};
  std::chrono::steady_clock::time_point anchor_synced_{};

  mutable std::mutex mutex_;  // Guards state_ and failure_, and orders publication for those who wait.
  mutable std::condition_variable_any changed_;
  LogState state_;
  std::string failure_;

  std::once_flag stop_once_;
  std::thread writer_;
};

}  // namespace civiclog
