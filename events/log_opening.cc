#include "events/log_opening.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <rocksdb/env.h>

#include "storage/directory_lock.h"
#include "storage/table_files.h"

namespace civiclog {
namespace {

constexpr int kMaxSecondaryAttempts = 5;

Error half_created(const std::string& directory) {
  return incompatible(fmt::format(
      "The log in {} was begun and never finished, it holds nothing: remove the directory and create the log again.", directory));
}

Status check_files(const std::string& directory, rocksdb::Env& env) {
  std::vector<std::string> names;
  if (!env.GetChildren(directory, &names).ok()) {
    return not_found(fmt::format("There is no log in {}: name the right directory, or restore the log from its backup.", directory));
  }
  const auto is_there = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  if (is_there("CURRENT")) return {};
  if (HeadAnchor::exists(env, directory)) {
    return corrupt(fmt::format("The log in {} has lost its file CURRENT: restore the log from its backup.", directory));
  }
  const bool begun = std::ranges::any_of(names, [](std::string_view name) {
    return name == "IDENTITY" || name == "LOCK" || name.starts_with("MANIFEST-");
  });
  if (begun) return half_created(directory);
  return not_found(fmt::format("There is no log in {}: name the right directory, or restore the log from its backup.", directory));
}

// Only then may anybody be told to remove it: no event is there, and no head file says that there was one.
bool holds_nothing(const LogStore& store, const std::string& directory, rocksdb::Env& env) {
  const Result<Position> last = store.has_all_families() ? store.last_position() : Result<Position>(Position{});
  if (!last || last->value > 0) return false;
  if (!HeadAnchor::exists(env, directory)) return true;
  const Result<HeadMark> anchored = HeadAnchor::read(env, directory, std::nullopt);
  return anchored && anchored->position.value == 0;
}

// What the log says about itself; on success the store knows its log's id.
Status check_identity(LogStore& store, const std::string& directory, std::optional<LogId> expected, rocksdb::Env& env) {
  const Result<std::optional<LogRow>> row = store.load_log();
  if (!row) return row.error();
  if (!*row) {
    if (holds_nothing(store, directory, env)) return half_created(directory);
    return corrupt(fmt::format("The log in {} has lost the row about itself: restore the log from its backup.", directory));
  }
  if ((*row)->format > kLogFormat) {
    return Error{ErrorCode::kIncompatible,
                 fmt::format("The log in {} has data format {}, this program reads up to {}: use a newer civiclog.", directory,
                             (*row)->format, kLogFormat),
                 "newer_format"};
  }
  if (!store.has_all_families() || (*row)->format == 0) {
    return corrupt(fmt::format("The log in {} has lost a column family: restore the log from its backup.", directory));
  }
  if (expected && *expected != (*row)->log) {
    return Error{ErrorCode::kIncompatible,
                 fmt::format("The log in {} is that of installation {}, expected is {}: name the right directory, or, if that is it, restore its file civiclog.", directory,
                             (*row)->log.text(), expected->text()),
                 "other_log"};
  }
  if (!HeadAnchor::exists(env, directory)) {
    return Error{ErrorCode::kCorrupt,
                 fmt::format("The log in {} has lost its file head, which says how far the log had come: {}", directory, kHeadAdvice),
                 "head_missing"};
  }
  return {};
}

Status check_end(const LogStore& store, const std::string& directory, HeadMark anchored, const LogEnd& end,
                 bool has_writer = false) {
  if (end.mark.position < anchored.position && has_writer) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("The log in {} can be read only up to position {} beside its writer, which has acknowledged events up "
                             "to {}: stop the writer and look again.", directory, end.mark.position.value, anchored.position.value),
                 "not_all_seen"};
  }
  if (end.mark.position < anchored.position) {
    return Error{ErrorCode::kCorrupt,
                 fmt::format("The log in {} ends at position {}, but events up to {} were acknowledged: {}", directory,
                             end.mark.position.value, anchored.position.value, kHeadAdvice),
                 "lost_tail"};
  }
  if (anchored.position.value == 0) return {};
  const Result<StoredEvent> event = store.event(anchored.position);
  if (!event) return event.error();
  if (mark_of(*event) == anchored) return {};
  return Error{ErrorCode::kCorrupt,
               fmt::format("The log in {} has another event at position {} than the one acknowledged: {}", directory,
                           anchored.position.value, kHeadAdvice),
               "other_event"};
}

Result<LogEnd> check_contents(const LogStore& store, const std::string& directory, rocksdb::Env& env) {
  const Result<HeadMark> anchored = HeadAnchor::read(env, directory, store.log());
  if (!anchored) return anchored.error();
  const Result<LogEnd> end = end_of(store);
  if (!end) return end.error();
  if (Status status = check_end(store, directory, *anchored, *end); !status) return status.error();
  return end;
}

// Says whether there is a writer; without one, that all files are there.
Result<bool> check_for_writer(const std::string& directory, rocksdb::Env& env) {
  const Status files = check_still_files(kLogStore, directory, FileDepth::kPresence, env);
  if (files) return false;
  if (files.error().rule == kInUse) return true;
  return files.error();
}

Result<std::unique_ptr<LogStore>> open_beside(const std::string& directory, const StoreSettings& settings) {
  // The writer may replace a file between our seeing its name and opening it.
  Result<std::unique_ptr<LogStore>> store = LogStore::open(directory, StoreAccess::kSecondary, settings);
  for (int attempt = 1; !store && attempt < kMaxSecondaryAttempts; ++attempt) {
    store = LogStore::open(directory, StoreAccess::kSecondary, settings);
  }
  if (store) return store;
  // A secondary does not get over a torn end of the write-ahead log. If nobody is writing, there is a better way.
  if (const Result<DirectoryLock> lock = DirectoryLock::take(kLogStore, directory, *settings.env); lock) {
    return LogStore::open(directory, StoreAccess::kInspect, settings);
  }
  return store;
}

}  // namespace

Result<LogEnd> end_of(const LogStore& store) {
  const Result<Position> last = store.last_position();
  if (!last) return last.error();
  if (last->value == 0) return LogEnd{{}, {std::numeric_limits<int64_t>::min()}};
  const Result<StoredEvent> event = store.event(*last);
  if (!event) return event.error();
  return LogEnd{mark_of(*event), event->envelope.recorded_at};
}

Result<OpenedLog> create_log(const std::string& directory, LogId log, const StoreSettings& settings) {
  std::vector<std::string> names;
  if (const auto status = settings.env->CreateDirIfMissing(directory); !status.ok()) {
    return store_error(status, fmt::format("Could not create the directory {}", directory));
  }
  if (const auto status = settings.env->GetChildren(directory, &names); !status.ok()) {
    return store_error(status, fmt::format("Could not list {}", directory));
  }
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  if (!names.empty()) {
    const Status found = check_files(directory, *settings.env);
    if (!found && found.error().code == ErrorCode::kIncompatible) return found.error();
    return Error{ErrorCode::kConflict,
                 fmt::format("The directory {} is not empty: open the log there, or name another directory.", directory),
                 "log_exists"};
  }
  Result<std::unique_ptr<LogStore>> store = LogStore::create(directory, settings);
  if (!store) return store.error();
  if (Status status = HeadAnchor::create(*settings.env, directory, log, {}); !status) return status.error();
  Result<std::unique_ptr<HeadAnchor>> anchor = HeadAnchor::open(*settings.env, directory, log);
  if (!anchor) return anchor.error();
  // Last: only now is there a log.
  if (Status status = (*store)->set_log(log); !status) return status.error();
  const Result<LogEnd> end = end_of(**store);
  if (!end) return end.error();
  return OpenedLog{std::move(*store), std::move(*anchor), *end};
}

Result<OpenedLog> open_log(const std::string& directory, std::optional<LogId> expected, const StoreSettings& settings) {
  rocksdb::Env& env = *settings.env;
  if (Status status = check_files(directory, env); !status) return status.error();
  LogEnd seen;
  {
    const Result<DirectoryLock> lock = DirectoryLock::take(kLogStore, directory, env);
    if (!lock) return lock.error();
    const Result<std::unique_ptr<LogStore>> look = LogStore::open(directory, StoreAccess::kInspect, settings);
    if (!look) return look.error();
    if (Status status = check_identity(**look, directory, expected, env); !status) return status.error();
    const Result<LogEnd> end = check_contents(**look, directory, env);
    if (!end) return end.error();
    seen = *end;
  }
  Result<std::unique_ptr<LogStore>> store = LogStore::open(directory, StoreAccess::kWrite, settings);
  if (!store) return store.error();
  if (Status status = check_identity(**store, directory, expected, env); !status) return status.error();
  const Result<LogEnd> end = check_contents(**store, directory, env);
  if (!end) return end.error();
  if (end->mark != seen.mark) {
    return corrupt(fmt::format("The log in {} changed while it was opened: look for another process that writes there.", directory));
  }
  Result<std::unique_ptr<HeadAnchor>> anchor = HeadAnchor::open(env, directory, (*store)->log());
  if (!anchor) return anchor.error();
  return OpenedLog{std::move(*store), std::move(*anchor), *end};
}

Result<OpenedLog> open_log_secondary(const std::string& directory, std::optional<LogId> expected, const StoreSettings& settings) {
  rocksdb::Env& env = *settings.env;
  if (Status status = check_files(directory, env); !status) return status.error();
  const Result<bool> has_writer = check_for_writer(directory, env);
  if (!has_writer) return has_writer.error();
  Result<std::unique_ptr<LogStore>> store = open_beside(directory, settings);
  if (!store) return store.error();
  if (Status status = check_identity(**store, directory, expected, env); !status) return status.error();
  // In this order: the log is never behind its anchor, but the view of it that was just opened may be.
  const Result<HeadMark> anchored = HeadAnchor::read(env, directory, (*store)->log());
  if (!anchored) return anchored.error();
  if (Status status = (*store)->catch_up(); !status) return status.error();
  const Result<LogEnd> end = end_of(**store);
  if (!end) return end.error();
  if (Status status = check_end(**store, directory, *anchored, *end, *has_writer); !status) return status.error();
  return OpenedLog{std::move(*store), nullptr, *end};
}

Result<AcceptedHead> accept_head(const std::string& directory, const StoreSettings& settings) {
  rocksdb::Env& env = *settings.env;
  if (Status status = check_files(directory, env); !status) return status.error();
  const Result<DirectoryLock> lock = DirectoryLock::take(kLogStore, directory, env);
  if (!lock) return lock.error();
  const Result<std::unique_ptr<LogStore>> look = LogStore::open(directory, StoreAccess::kInspect, settings);
  if (!look) return look.error();
  if (Status status = check_identity(**look, directory, std::nullopt, env); !status && status.error().rule != "head_missing") {
    return status.error();
  }
  const Result<LogEnd> end = end_of(**look);
  if (!end) return end.error();
  const Result<HeadMark> before = HeadAnchor::read(env, directory, (*look)->log());
  AcceptedHead accepted{end->mark.position, before ? std::optional(before->position) : std::nullopt};
  if (before && *before == end->mark) return accepted;
  // The same position with another event in it was not kept either.
  if (before && before->position == end->mark.position) accepted.acknowledged.reset();
  if (Status status = HeadAnchor::create(env, directory, (*look)->log(), end->mark); !status) return status.error();
  return accepted;
}

}  // namespace civiclog
