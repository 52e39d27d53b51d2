#include "events/commit_stager.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {

std::optional<Version> VersionCache::find(const StreamId& stream) {
  if (const auto found = young_.find(stream); found != young_.end()) return found->second;
  const auto found = old_.find(stream);
  if (found == old_.end()) return std::nullopt;
  const Version version = found->second;
  put(stream, version);
  return version;
}

void VersionCache::put(const StreamId& stream, Version version) {
  if (young_.size() >= kMaxPerGeneration) old_ = std::exchange(young_, {});
  young_.insert_or_assign(stream, version);
}

CommitStager::CommitStager(LogId log, Position head, Timestamp last_recorded_at, Clock clock, DurableLookups durable)
    : log_(log), clock_(std::move(clock)), durable_(std::move(durable)), head_(head), last_recorded_at_(last_recorded_at) {}

Verdict CommitStager::stage(const AppendRequest& request) {
  if (std::optional<Verdict> known = known_command(request)) return *std::move(known);
  if (std::optional<Verdict> failed = failed_check(request)) return *std::move(failed);
  for (const EventDraft& event : request.events) {
    if (const Result<Known> known = version_of(event.stream); !known) return {known.error()};
  }
  return {place(request), true};
}

std::optional<Verdict> CommitStager::known_command(const AppendRequest& request) {
  std::optional<CommandRecord> record;
  const auto staged = staged_commands_.find(request.command);
  const bool is_staged = staged != staged_commands_.end();
  if (is_staged) {
    record = staged->second;
  } else {
    const Result<std::optional<CommandRecord>> durable = durable_.command(request.command);
    if (!durable) return Verdict{durable.error()};
    record = *durable;
  }
  if (!record) return std::nullopt;
  if (record->body_digest == request.body_digest) {
    return Verdict{Appended{record->first, record->last, record->recorded_at, true}, is_staged};
  }
  return Verdict{Error{ErrorCode::kCommandReused,
                       fmt::format("The command id {} was used before with another body: use a new id.", request.command.text()),
                       "command_reused"},
                 is_staged};
}

std::optional<Verdict> CommitStager::failed_check(const AppendRequest& request) {
  for (const StreamCheck& check : request.checks) {
    const Result<Known> known = version_of(check.stream);
    if (!known) return Verdict{known.error()};
    if (known->version == check.expected) continue;
    return Verdict{Error{ErrorCode::kConflict,
                         fmt::format("The stream {} is at version {}, not {}: read it again and retry.", check.stream.text(),
                                     known->version.value, check.expected.value),
                         "version_conflict"},
                   known->is_staged};
  }
  return std::nullopt;
}

Result<CommitStager::Known> CommitStager::version_of(const StreamId& stream) {
  if (const auto staged = staged_versions_.find(stream); staged != staged_versions_.end()) return Known{staged->second, true};
  if (const std::optional<Version> cached = cache_.find(stream)) return Known{*cached};
  const Result<Version> durable = durable_.version(stream);
  if (!durable) return durable.error();
  cache_.put(stream, *durable);
  return Known{*durable};
}

Timestamp CommitStager::next_time(std::optional<Timestamp> source_time) {
  const Timestamp now = clock_();
  const Timestamp wanted = source_time ? std::min(*source_time, now) : now;
  last_recorded_at_ = std::max(last_recorded_at_, wanted);
  return last_recorded_at_;
}

Appended CommitStager::place(const AppendRequest& request) {
  const Timestamp recorded_at = next_time(request.source_time);
  const Position first = head_.next();
  const auto size = static_cast<uint16_t>(request.events.size());
  for (uint16_t index = 0; index < size; ++index) {
    const EventDraft& draft = request.events[index];
    // stage() has looked every stream up, and a commit has far fewer streams than the cache has places.
    const Result<Known> known = version_of(draft.stream);
    CHECK(known.has_value());
    const Version version = known->version.next();
    staged_versions_.insert_or_assign(draft.stream, version);
    head_ = head_.next();
    staged_.push_back(encode_event({.log = log_,
                                    .position = head_,
                                    .commit_index = index,
                                    .commit_size = size,
                                    .stream = draft.stream,
                                    .stream_version = version,
                                    .type = draft.type,
                                    .schema = draft.schema,
                                    .command = request.command,
                                    .body_digest = request.body_digest,
                                    .actor = draft.actor,
                                    .recorded_at = recorded_at,
                                    .occurred_at = draft.occurred_at},
                                   draft.payload));
  }
  staged_commands_.emplace(request.command, CommandRecord{first, head_, request.body_digest, recorded_at});
  return {first, head_, recorded_at, false};
}

void CommitStager::applied() {
  for (const auto& [stream, version] : staged_versions_) cache_.put(stream, version);
  staged_.clear();
  staged_versions_.clear();
  staged_commands_.clear();
}

}  // namespace civiclog
