#include "events/rocks_log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/env.h>

#include "base/check.h"
#include "events/commit_stager.h"
#include "events/log_opening.h"

namespace civiclog {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kMaxAnchorAge{200};
constexpr std::chrono::seconds kMaxIdle{1};
// A batch waits for the callers of the one before at most this long, and at most this part of a flush.
constexpr std::chrono::microseconds kMaxLinger{1'000};
constexpr int kLingerShare = 4;
// All that is in the store is durable, published or not: the writer alone puts it there.
constexpr Position kEverything{UINT64_MAX};

StoreSettings settings_of(const RocksLogOptions& options) {
  return {options.env != nullptr ? options.env : rocksdb::Env::Default(), options.cache_bytes};
}

Error stopped_after(const std::string& failure) {
  return {ErrorCode::kUnavailable,
          fmt::format("The log has stopped after a failed write ({}); nothing was written, restart the service.", failure),
          "log_stopped"};
}

Error outcome_unknown(const std::string& failure) {
  return {ErrorCode::kOutcomeUnknown,
          fmt::format("Writing failed ({}), it is not known whether anything was written: retry with the same command id.", failure),
          "outcome_unknown"};
}

std::unique_ptr<CommitStager> make_stager(const LogStore& store, const LogEnd& end, const Clock& clock) {
  DurableLookups lookups{[&store](const StreamId& stream) -> Result<Version> {
                           const Result<StreamHead> head = store.stream_head(stream, kEverything);
                           if (!head) return head.error();
                           return head->version;
                         },
                         [&store](CommandId command) { return store.command(command, kEverything); }};
  return std::make_unique<CommitStager>(store.log(), end.mark.position, end.recorded_at, clock, std::move(lookups));
}

}  // namespace

Result<std::unique_ptr<RocksLog>> RocksLog::create(const std::filesystem::path& directory, LogId id, RocksLogOptions options) {
  Result<OpenedLog> opened = create_log(directory.string(), id, settings_of(options));
  if (!opened) return opened.error();
  return std::unique_ptr<RocksLog>(new RocksLog(std::move(*opened), std::move(options)));
}

Result<std::unique_ptr<RocksLog>> RocksLog::open(const std::filesystem::path& directory, RocksLogOptions options) {
  Result<OpenedLog> opened = open_log(directory.string(), options.expected_log, settings_of(options));
  if (!opened) return opened.error();
  return std::unique_ptr<RocksLog>(new RocksLog(std::move(*opened), std::move(options)));
}

Result<std::unique_ptr<RocksLog>> RocksLog::open_secondary(const std::filesystem::path& directory, RocksLogOptions options) {
  Result<OpenedLog> opened = open_log_secondary(directory.string(), options.expected_log, settings_of(options));
  if (!opened) return opened.error();
  return std::unique_ptr<RocksLog>(new RocksLog(std::move(*opened), std::move(options)));
}

Result<AcceptedHead> RocksLog::accept_present_head(const std::filesystem::path& directory, RocksLogOptions options) {
  return accept_head(directory.string(), settings_of(options));
}

RocksLog::RocksLog(OpenedLog opened, RocksLogOptions options)
    : options_(std::move(options)),
      id_(opened.store->log()),
      store_(std::move(opened.store)),
      anchor_(std::move(opened.anchor)),
      stager_(anchor_ ? make_stager(*store_, opened.end, options_.clock) : nullptr),
      queue_(options_.queue),
      head_(opened.end.mark.position.value),
      state_(anchor_ ? LogState::kRunning : LogState::kSecondary) {
  if (anchor_) {
    writer_ = std::thread([this] { run_writer(); });
  } else {
    queue_.close({ErrorCode::kUnavailable, "This log is open for reading only: write through the service that owns it.", "read_only"});
  }
}

RocksLog::~RocksLog() { stop(); }

void RocksLog::stop() {
  std::call_once(stop_once_, [this] {
    queue_.close({ErrorCode::kUnavailable, "The log is stopping; nothing was written, try again later.", "log_stopped"});
    if (writer_.joinable()) writer_.join();
    if (state() != LogState::kFailed) set_state(LogState::kStopped);
  });
}

void RocksLog::append(AppendRequest request, Completion completion) {
  const Result<size_t> bytes = measure_commit(request);
  if (!bytes) return completion(bytes.error());
  QueuedAppend append{std::move(request), std::move(completion), *bytes};
  if (Status queued = queue_.push(std::move(append)); !queued) append.completion(queued.error());
}

void RocksLog::run_writer() {
  while (!queue_.drained()) {
    const auto linger = std::chrono::duration_cast<std::chrono::microseconds>(last_write_ / kLingerShare);
    const auto idle = anchor_->needs_sync() ? anchor_synced_ + kMaxAnchorAge : steady_clock::now() + kMaxIdle;
    std::vector<QueuedAppend> batch = queue_.take({idle, last_batch_, std::min(linger, kMaxLinger)});
    if (!batch.empty() && !commit(std::move(batch))) return refuse_queued();
    if (Status synced = sync_anchor_if_due(); !synced) {
      fail(synced.error());
      return refuse_queued();
    }
  }
  if (Status synced = anchor_->sync(); !synced) fail(synced.error());
}

bool RocksLog::commit(std::vector<QueuedAppend> batch) {
  std::vector<Verdict> verdicts;
  verdicts.reserve(batch.size());
  for (const QueuedAppend& append : batch) verdicts.push_back(stager_->stage(append.request));
  const Status written = write_staged();
  if (!written) fail(written.error());
  last_batch_ = batch.size();
  for (size_t i = 0; i < batch.size(); ++i) {
    const bool is_true = written || !verdicts[i].rests_on_staged;
    batch[i].completion(is_true ? std::move(verdicts[i].answer) : outcome_unknown(written.error().message));
  }
  return written.has_value();
}

Status RocksLog::write_staged() {
  const std::vector<StoredEvent>& staged = stager_->staged();
  if (staged.empty()) return {};
  const auto began = steady_clock::now();
  if (Status status = store_->write(staged); !status) return status;
  if (Status status = anchor_->write(mark_of(staged.back())); !status) return status;
  last_write_ = steady_clock::now() - began;
  flushes_.fetch_add(1, std::memory_order_relaxed);
  events_.fetch_add(staged.size(), std::memory_order_relaxed);
  commits_.fetch_add(stager_->staged_commits(), std::memory_order_relaxed);
  const Position head = staged.back().envelope.position;
  stager_->applied();
  publish(head);
  return {};
}

Status RocksLog::sync_anchor_if_due() {
  const auto now = steady_clock::now();
  if (!anchor_->needs_sync() || now < anchor_synced_ + kMaxAnchorAge) return {};
  anchor_synced_ = now;
  return anchor_->sync();
}

void RocksLog::refuse_queued() {
  while (!queue_.drained()) {
    for (QueuedAppend& append : queue_.take({steady_clock::now(), 1, {}})) append.completion(stopped_after(failure()));
  }
}

void RocksLog::fail(const Error& error) {
  queue_.close(stopped_after(error.message));
  set_state(LogState::kFailed, error.message);
}

void RocksLog::set_state(LogState state, std::string failure) {
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
    if (!failure.empty()) failure_ = std::move(failure);
  }
  changed_.notify_all();
}

void RocksLog::publish(Position head) {
  {
    const std::lock_guard lock(mutex_);
    head_.store(head.value, std::memory_order_release);
  }
  changed_.notify_all();
}

bool RocksLog::wait_past(Position position, Deadline deadline, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, deadline, [&] {
    return head() > position || state_ == LogState::kStopped || state_ == LogState::kFailed;
  });
  return head() > position;
}

Result<std::vector<StoredEvent>> RocksLog::read(Position after, size_t limit) const {
  return store_->events(after, limit, head());
}

Result<std::vector<StoredEvent>> RocksLog::read_stream(StreamId stream, Version after) const {
  return store_->stream(stream, after, head());
}

Result<Version> RocksLog::stream_version(StreamId stream) const {
  const Result<StreamHead> found = store_->stream_head(stream, head());
  if (!found) return found.error();
  return found->version;
}

Result<std::optional<CommandRecord>> RocksLog::find_command(CommandId command) const { return store_->command(command, head()); }

LogState RocksLog::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::string RocksLog::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::string RocksLog::background_error() const { return store_->background_error(); }

RocksLogStats RocksLog::stats() const {
  return {flushes_.load(), commits_.load(), events_.load(), queue_.requests(), queue_.bytes()};
}

Status RocksLog::catch_up() {
  if (state() == LogState::kStopped || anchor_) return {};
  if (Status status = store_->catch_up(); !status) return status;
  const Result<LogEnd> end = end_of(*store_);
  if (!end) return end.error();
  if (end->mark.position > head()) publish(end->mark.position);
  return {};
}

Result<LogCheck> RocksLog::check_indexes(const CheckProgress& progress, const LogCheckVisitor& visitor) const {
  return check_log(*store_, progress, visitor);
}

Status RocksLog::check_still_files(const std::filesystem::path& directory, FileDepth depth, const BytesProgress& progress) {
  return civiclog::check_still_files(kLogStore, directory.string(), depth, *rocksdb::Env::Default(), progress);
}

Status RocksLog::read_every_block(const std::stop_token& stop, const BytesProgress& progress) const {
  return civiclog::read_every_block(kLogStore, store_->db(), stop, progress);
}

uint64_t RocksLog::table_bytes() const { return civiclog::table_bytes(store_->db()); }

}  // namespace civiclog
