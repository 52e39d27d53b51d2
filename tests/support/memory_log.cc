#include "tests/support/memory_log.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr size_t kMaxReadBytes = 16u << 20;
constexpr std::chrono::seconds kIdle{1};

}  // namespace

MemoryLog::MemoryLog(LogId id, MemoryLogOptions options, std::vector<StoredEvent> events)
    : id_(id), options_(std::move(options)), queue_(options_.queue) {
  for (StoredEvent& event : events) remember(std::move(event));
  writer_ = std::thread([this] { run_writer(); });
}

MemoryLog::~MemoryLog() { stop(); }

void MemoryLog::append(AppendRequest request, Completion completion) {
  const Result<size_t> bytes = measure_commit(request);
  if (!bytes) return completion(bytes.error());
  QueuedAppend append{std::move(request), std::move(completion), *bytes};
  if (Status queued = queue_.push(std::move(append)); !queued) append.completion(queued.error());
}

void MemoryLog::run_writer() {
  while (!queue_.drained()) {
    for (QueuedAppend& append : queue_.take({std::chrono::steady_clock::now() + kIdle, 1, {}})) {
      Result<Appended> answer = commit(append.request);
      grown_.notify_all();
      append.completion(std::move(answer));
    }
  }
}

Result<Appended> MemoryLog::commit(const AppendRequest& request) {
  const std::lock_guard lock(mutex_);
  if (const auto known = commands_.find(request.command); known != commands_.end()) {
    const CommandRecord& record = known->second;
    if (record.body_digest == request.body_digest) return Appended{record.first, record.last, record.recorded_at, true};
    return Error{ErrorCode::kCommandReused,
                 fmt::format("The command id {} was used before with another body: use a new id.", request.command.text()),
                 "command_reused"};
  }
  for (const StreamCheck& check : request.checks) {
    const size_t actual = version_of(check.stream);
    if (actual == check.expected.value) continue;
    return Error{ErrorCode::kConflict,
                 fmt::format("The stream {} is at version {}, not {}: read it again and retry.", check.stream.text(), actual,
                             check.expected.value),
                 "version_conflict"};
  }
  const Timestamp now = options_.clock();
  Timestamp recorded = request.source_time ? std::min(*request.source_time, now) : now;
  if (!events_.empty()) recorded = std::max(recorded, events_.back().envelope.recorded_at);
  const Position first{events_.size() + 1};
  for (size_t i = 0; i < request.events.size(); ++i) {
    const EventDraft& draft = request.events[i];
    remember(encode_event({.log = id_,
                           .position = first.plus(i),
                           .commit_index = static_cast<uint16_t>(i),
                           .commit_size = static_cast<uint16_t>(request.events.size()),
                           .stream = draft.stream,
                           .stream_version = {version_of(draft.stream) + 1},
                           .type = draft.type,
                           .schema = draft.schema,
                           .command = request.command,
                           .body_digest = request.body_digest,
                           .actor = draft.actor,
                           .recorded_at = recorded,
                           .occurred_at = draft.occurred_at},
                          draft.payload));
  }
  return Appended{first, {events_.size()}, recorded, false};
}

void MemoryLog::remember(StoredEvent event) {
  const Envelope& e = event.envelope;
  CHECK(e.log == id_ && e.position.value == events_.size() + 1);
  commands_.try_emplace(e.command, CommandRecord{e.position, {e.position.value + e.commit_size - 1}, e.body_digest, e.recorded_at});
  streams_[e.stream].push_back(events_.size());
  events_.push_back(std::move(event));
}

size_t MemoryLog::version_of(const StreamId& stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? 0 : found->second.size();
}

Result<std::vector<StoredEvent>> MemoryLog::read(Position after, size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredEvent> out;
  size_t bytes = 0;
  for (size_t i = after.value; i < events_.size() && out.size() < std::min(limit, kMaxReadBatch); ++i) {
    bytes += events_[i].bytes.size();
    if (!out.empty() && bytes > kMaxReadBytes) break;
    out.push_back(events_[i]);
  }
  return out;
}

Result<std::vector<StoredEvent>> MemoryLog::read_stream(StreamId stream, Version after) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredEvent> out;
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return out;
  for (size_t i = after.value; i < found->second.size(); ++i) out.push_back(events_[found->second[i]]);
  return out;
}

Result<Version> MemoryLog::stream_version(StreamId stream) const {
  const std::lock_guard lock(mutex_);
  return Version{version_of(stream)};
}

Result<std::optional<CommandRecord>> MemoryLog::find_command(CommandId command) const {
  const std::lock_guard lock(mutex_);
  const auto found = commands_.find(command);
  return found == commands_.end() ? std::nullopt : std::optional(found->second);
}

Position MemoryLog::head() const {
  const std::lock_guard lock(mutex_);
  return {events_.size()};
}

bool MemoryLog::wait_past(Position position, Deadline deadline, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  grown_.wait_until(lock, stop, deadline, [&] { return events_.size() > position.value || stopped_; });
  return events_.size() > position.value;
}

void MemoryLog::stop() {
  std::call_once(stop_once_, [this] {
    queue_.close({ErrorCode::kUnavailable, "The log is stopping; nothing was written, try again later.", "log_stopped"});
    writer_.join();
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    grown_.notify_all();
  });
}

std::vector<StoredEvent> MemoryLog::stop_and_take() {
  stop();
  const std::lock_guard lock(mutex_);
  streams_.clear();
  commands_.clear();
  return std::exchange(events_, {});
}

}  // namespace civiclog
