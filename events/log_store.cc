#include "events/log_store.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include "base/check.h"
#include "storage/manifest_witness.h"
#include "storage/table_files.h"

namespace civiclog {
namespace {

constexpr int kMaxCatchUpAttempts = 20;

std::string describe(Position position) { return fmt::format("event at position {}", position.value); }

}  // namespace

Error store_error(const rocksdb::Status& status, const std::string& what) {
  if (status.IsCorruption()) {
    return corrupt(fmt::format("{}: cannot be read ({}): {}.", what,
                               status.ToString(), kLogStore.remedy));
  }
  return io_error(fmt::format("{}: {}", what, status.ToString()));
}

Result<std::unique_ptr<LogStore>> LogStore::create(const std::string& directory, const StoreSettings& settings) {
  rocksdb::DBOptions options = database_options(StoreAccess::kWrite, settings.env);
  options.listeners.push_back(std::make_shared<ManifestWitness>(directory, *settings.env));
  const auto background_errors = std::make_shared<BackgroundErrors>();
  options.listeners.push_back(background_errors);
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.error_if_exists = true;
  const auto families = family_descriptors(settings.cache_bytes);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory, families, &handles, &db);
  if (!status.ok()) return store_failure(kLogStore, directory, status);
  std::unique_ptr<LogStore> store(new LogStore(directory, StoreAccess::kWrite, settings));
  store->background_errors_ = background_errors;
  store->adopt(db, families, handles);
  ManifestWitness::record(directory, *settings.env);
  return store;
}

Result<std::unique_ptr<LogStore>> LogStore::open(const std::string& directory, StoreAccess access,
                                                 const StoreSettings& settings) {
  rocksdb::DBOptions options = database_options(access, settings.env);
  const auto background_errors = std::make_shared<BackgroundErrors>();
  options.listeners.push_back(background_errors);
  if (access == StoreAccess::kWrite) options.listeners.push_back(std::make_shared<ManifestWitness>(directory, *settings.env));
  if (Status seen = ManifestWitness::check(kLogStore, directory, *settings.env); !seen && access != StoreAccess::kSecondary) return seen.error();
  std::vector<std::string> present;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, directory, &present);
  if (!status.ok()) return opening_failure(kLogStore, directory, status, *settings.env);
  auto families = family_descriptors(settings.cache_bytes);
  if (access != StoreAccess::kWrite) {
    std::erase_if(families, [&](const auto& family) { return std::ranges::find(present, family.name) == present.end(); });
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  if (access == StoreAccess::kWrite) {
    status = rocksdb::DB::Open(options, directory, families, &handles, &db);
  } else if (access == StoreAccess::kInspect) {
    status = rocksdb::DB::OpenForReadOnly(options, directory, families, &handles, &db);
  } else {
    // The second path would hold a log of messages; there is none, so nothing is ever written there.
    status = rocksdb::DB::OpenAsSecondary(options, directory, directory, families, &handles, &db);
  }
  if (!status.ok()) return opening_failure(kLogStore, directory, status, *settings.env);
  std::unique_ptr<LogStore> store(new LogStore(directory, access, settings));
  store->background_errors_ = background_errors;
  store->adopt(db, families, handles);
  if (access == StoreAccess::kWrite) ManifestWitness::record(directory, *settings.env);
  return store;
}

void LogStore::adopt(rocksdb::DB* db, std::span<const rocksdb::ColumnFamilyDescriptor> families,
                     std::span<rocksdb::ColumnFamilyHandle* const> handles) {
  db_.reset(db);
  for (size_t i = 0; i < handles.size(); ++i) {
    for (size_t index = 0; index < kFamilies; ++index) {
      if (families[i].name == name_of(static_cast<Family>(index))) handles_[index] = handles[i];
    }
  }
}

LogStore::~LogStore() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  db_.reset();
  if (access_ == StoreAccess::kWrite) ManifestWitness::record(directory_, *settings_.env);
}

bool LogStore::has_all_families() const {
  return std::ranges::none_of(handles_, [](const auto* handle) { return handle == nullptr; });
}

Result<std::optional<LogRow>> LogStore::load_log() {
  const auto value = get(Family::kMeta, std::string(kLogRowKey), "The log's own row");
  if (!value) return value.error();
  if (!*value) return std::optional<LogRow>();
  const std::optional<LogRow> row = parse_log_row(**value);
  if (!row) return corrupt(fmt::format("The log in {} has a damaged row about itself: restore it from its backup.", directory_));
  log_ = row->log;
  return row;
}

Status LogStore::set_log(LogId log) {
  rocksdb::WriteOptions options;
  options.sync = true;
  rocksdb::Status status = db_->Put(options, family(Family::kMeta), std::string(kLogRowKey), log_row({kLogFormat, log}));
  // Into a table file: who the log is shall not hang on a write-ahead log.
  if (status.ok()) status = db_->Flush({}, family(Family::kMeta));
  if (!status.ok()) return store_error(status, fmt::format("Could not write to the log in {}", directory_));
  log_ = log;
  return {};
}

Status LogStore::write(std::span<const StoredEvent> events) {
  rocksdb::WriteBatch batch;
  // A busy stream's head is written once per batch.
  std::unordered_map<StreamId, StreamHead, StreamIdHash> heads;
  rocksdb::Status status;
  const auto put = [&](Family to, const std::string& key, const std::string& value) {
    if (status.ok()) status = batch.Put(family(to), key, value);
  };
  for (const StoredEvent& event : events) {
    const Envelope& e = event.envelope;
    const std::string position = position_value(e.position);
    put(Family::kEvents, event_key(e.position), event.bytes);
    put(Family::kStreams, stream_row_key(e.stream, e.stream_version), position);
    if (e.commit_index == 0) put(Family::kCommands, command_key(e.command), position);
    heads.insert_or_assign(e.stream, StreamHead{e.stream_version, e.position});
  }
  for (const auto& [stream, head] : heads) put(Family::kHeads, stream.key(), stream_head_value(head));
  rocksdb::WriteOptions options;
  options.sync = true;
  if (status.ok()) status = db_->Write(options, &batch);
  if (!status.ok()) return store_error(status, fmt::format("Could not write to the log in {}", directory_));
  return {};
}

// RocksDB's secondary reads the manifest first and the write-ahead logs after it. If the writer flushes and removes a
// log in between, its events are in neither, and those behind it are seen: a hole. Logs are removed oldest first, so
// nothing was missed if the oldest one of before is still there afterwards.
Status LogStore::catch_up() {
  if (access_ != StoreAccess::kSecondary) return {};
  for (int attempt = 0; attempt < kMaxCatchUpAttempts; ++attempt) {
    const auto before = oldest_wal();
    if (!before) return before.error();
    if (const auto status = db_->TryCatchUpWithPrimary(); !status.ok()) {
      return store_error(status, fmt::format("Could not follow the log in {}", directory_));
    }
    const auto after = oldest_wal();
    if (!after) return after.error();
    if (*before == *after) return {};
  }
  return Error{ErrorCode::kUnavailable, fmt::format("The log in {} changes faster than it can be followed: try again.", directory_), {}};
}

Result<std::optional<uint64_t>> LogStore::oldest_wal() const {
  std::vector<std::string> names;
  if (const auto status = settings_.env->GetChildren(directory_, &names); !status.ok()) {
    return store_error(status, fmt::format("Could not list {}", directory_));
  }
  std::optional<uint64_t> oldest;
  for (const std::string& name : names) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || std::string_view(end) != ".log") continue;
    if (!oldest || number < *oldest) oldest = number;
  }
  return oldest;
}

Result<Position> LogStore::last_position() const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator({}, family(Family::kEvents)));
  rows->SeekToLast();
  if (!rows->status().ok()) return store_error(rows->status(), fmt::format("Could not read the end of the log in {}", directory_));
  if (!rows->Valid()) return Position{};
  const std::optional<Position> position = parse_event_key(rows->key().ToStringView());
  if (position && position->value > 0) return *position;
  return Error{ErrorCode::kCorrupt,
               fmt::format("The log in {} has an event under a key that is no position: restore it from its backup.", directory_),
               "bad_row"};
}

Result<std::optional<std::string>> LogStore::get(Family from, const std::string& key, const std::string& what) const {
  std::string value;
  const rocksdb::Status status = db_->Get({}, family(from), key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return store_error(status, what);
  return std::optional(std::move(value));
}

Result<StoredEvent> LogStore::check(std::string bytes, Position position) const {
  Result<StoredEvent> event = decode_event(std::move(bytes), position);
  if (event && event->envelope.log != log_) {
    return Error{ErrorCode::kCorrupt,
                 fmt::format("{}: belongs to log {}, not to {}", describe(position), event->envelope.log.text(), log_.text()),
                 "other_log"};
  }
  return event;
}

}  // namespace civiclog
