#include "projections/views.h"

#include <algorithm>

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "base/check.h"
#include "projections/rocks_error.h"
#include "projections/views_database.h"
#include "storage/manifest_witness.h"

namespace civiclog {
namespace {

using Handles = std::map<std::string, rocksdb::ColumnFamilyHandle*>;

std::string columns_name(const GenerationRecord& record, std::string_view part) {
  return fmt::format("{}.{}.{}{}", record.projection, record.version, record.number, part);
}

Error half_written(const std::filesystem::path& directory) {
  return incompatible(fmt::format("The read models in {} are half-written; move the directory away and run "
                                  "`civic-replay rebuild`.", directory.string()));
}

Status write_meta(rocksdb::DB& db, rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status = db.Write(options, &batch);
  if (!status.ok()) return views_error(status, "writing a record");
  return {};
}

std::string active_key(std::string_view projection) { return fmt::format("{}{}", kMetaActivePrefix, projection); }
std::string key_of(const GenerationRecord& record) { return meta_generation_key(record.projection, record.number); }

}  // namespace

Views::Views(std::filesystem::path directory, std::filesystem::path scratch, LogId log, ViewsOptions options)
    : directory_(std::move(directory)), scratch_(std::move(scratch)), log_(log), options_(options),
      columns_(std::make_unique<const ViewsColumns>(options)),
      published_(std::make_shared<ActiveGenerations>()), snapshots_(std::make_shared<int>(0)) {}

Views::~Views() {
  published_.reset();
  generations_.clear();
  db_.reset();
  if (!is_secondary()) ManifestWitness::record(directory_.string(), *env_of(options_));
}

Status Views::create(const std::filesystem::path& directory, LogId log, ViewsOptions options) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return io_error(fmt::format("The directory {} could not be made: {}.", directory.string(), code.message()));
  if (!std::filesystem::is_empty(directory, code) || code) {
    return incompatible(fmt::format("The directory {} is not empty; name an empty one for the read models.", directory.string()));
  }
  rocksdb::Options database = views_database_options(options);
  database.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(database, directory.string(), &opened);
  if (!status.ok()) return views_error(status, "making the directory");
  std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteBatch batch;
  CHECK(batch.Put(kMetaFormatKey, ByteWriter().u32(kViewsFormat).bytes()).ok());
  CHECK(batch.Put(kMetaLogKey, encode_row(log)).ok());
  const Status written = write_meta(*db, batch);
  db.reset();
  ManifestWitness::record(directory.string(), *database.env);
  return written;
}

Result<std::unique_ptr<Views>> Views::open(const std::filesystem::path& directory, LogId log, ViewsOptions options) {
  std::unique_ptr<Views> views(new Views(directory, {}, log, options));
  if (Status status = views->open_database(); !status) return status.error();
  return views;
}

Result<std::unique_ptr<Views>> Views::open_secondary(const std::filesystem::path& directory,
                                                     const std::filesystem::path& scratch, LogId log,
                                                     ViewsOptions options) {
  CHECK(!scratch.empty());
  std::unique_ptr<Views> views(new Views(directory, scratch, log, options));
  if (Status status = views->open_database(); !status) return status.error();
  return views;
}

Status Views::open_database() {
  std::error_code code;
  if (!std::filesystem::exists(directory_ / "CURRENT", code)) {
    const bool something = std::filesystem::exists(directory_, code) && !std::filesystem::is_empty(directory_, code);
    if (something) return half_written(directory_);
    return not_found(fmt::format("There are no read models in {}; run `civic-replay rebuild`.", directory_.string()));
  }
  Result<OpenedDatabase> opened =
      is_secondary() ? open_views_beside(directory_, scratch_, options_, *columns_)
                     : open_views_to_write(directory_, options_, *columns_);
  if (!opened) return opened.error();
  if (!is_secondary()) std::filesystem::remove_all(bulk_directory(), code);
  db_ = std::move(opened->db);
  background_errors_ = std::move(opened->background_errors);
  Handles by_name = std::move(opened->handles);
  Status loaded = check_meta();
  if (loaded) loaded = load(by_name);
  for (const auto& [name, handle] : by_name) {
    // Left over from a build that was not recorded, or from a drop that was.
    if (loaded && !is_secondary()) static_cast<void>(db_->DropColumnFamily(handle));
    static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
  }
  return loaded;
}

Status Views::check_meta() const {
  std::string format;
  std::string log;
  for (const auto& [key, value] : {std::pair(kMetaFormatKey, &format), std::pair(kMetaLogKey, &log)}) {
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), key, value);
    if (status.IsNotFound()) return half_written(directory_);
    if (!status.ok()) return store_failure(kViewsStore, directory_.string(), status);
  }
  const uint32_t number = ByteReader(format).u32();
  if (number > kViewsFormat) {
    return incompatible(fmt::format("The read models in {} have format {}, newer than this program's {}; use the newer "
                                    "program, or move the directory away and run `civic-replay rebuild`.",
                                    directory_.string(), number, kViewsFormat));
  }
  const std::optional<LogId> id = decode_row<LogId>(log);
  if (number != kViewsFormat || !id) return half_written(directory_);
  if (*id != log_) {
    return incompatible(fmt::format("The read models in {} belong to the log {}, not to {}; name the right directory, or "
                                    "move it away and run `civic-replay rebuild`.", directory_.string(), id->text(), log_.text()));
  }
  return {};
}

// Takes the handles it uses out of `handles`.
Status Views::load(Handles& handles) {
  const std::unique_ptr<rocksdb::Iterator> meta(db_->NewIterator(rocksdb::ReadOptions()));
  for (meta->Seek(kMetaGenerationPrefix); meta->Valid() && meta->key().starts_with(kMetaGenerationPrefix); meta->Next()) {
    const std::optional<GenerationRecord> record = decode_row<GenerationRecord>(meta->value().ToStringView());
    if (!record || generations_.size() >= kMaxGenerations) return half_written(directory_);
    const auto latest = handles.find(columns_name(*record, kLatestPart));
    const auto history = handles.find(columns_name(*record, kHistoryPart));
    if (latest == handles.end() || history == handles.end()) {
      if (is_secondary()) continue;  // Begun after the list of column families was read; the next refresh has it.
      return half_written(directory_);
    }
    auto columns = std::make_shared<const Generation>(db_, latest->second, history->second);
    handles.erase(latest);
    handles.erase(history);
    generations_.emplace(Key{record->projection, record->number}, Entry{*record, std::move(columns)});
  }
  for (meta->Seek(kMetaActivePrefix); meta->Valid() && meta->key().starts_with(kMetaActivePrefix); meta->Next()) {
    const std::string name = meta->key().ToString().substr(sizeof(kMetaActivePrefix) - 1);
    const uint32_t number = ByteReader(meta->value().ToStringView()).u32();
    if (!generations_.contains({name, number})) {
      if (is_secondary()) continue;
      return half_written(directory_);
    }
    active_[name] = number;
  }
  if (!meta->status().ok()) return views_error(meta->status(), "reading the records");
  publish_active();
  return {};
}

void Views::publish_active() {
  auto active = std::make_shared<ActiveGenerations>();
  for (const auto& [name, number] : active_) active->emplace(name, std::pair(number, generations_.at({name, number}).columns));
  published_ = std::move(active);
}

Status Views::check_against(const EventLog& log) const {
  for (const GenerationRecord& record : generations()) {
    if (Status fits = check_against(log, record); !fits) return fits;
  }
  return {};
}

Status Views::check_against(const EventLog& log, const GenerationRecord& record) const {
  if (record.checkpoint > log.head()) {
    return incompatible(fmt::format(
        "The read model {} has applied position {}, but the log ends at {}: the log was restored from an older copy. "
        "Restore the newer log, or run `civic-replay rebuild` to compute the read models from this one.",
        record.projection, record.checkpoint.value, log.head().value));
  }
  if (record.checkpoint.value == 0) return {};
  const Result<StoredEvent> event = read_one(log, record.checkpoint);
  if (!event) return event.error();
  if (sha256(event->bytes) != record.last_event) {
    return incompatible(fmt::format(
        "The read model {} was computed from another event at position {} than this log has: the log was restored and "
        "written anew. Run `civic-replay rebuild` to compute the read models from this one.",
        record.projection, record.checkpoint.value));
  }
  return {};
}

Status Views::check_still_files(const std::filesystem::path& directory, FileDepth depth, const BytesProgress& progress) {
  return civiclog::check_still_files(kViewsStore, directory.string(), depth, *rocksdb::Env::Default(), progress);
}

Status Views::read_every_block(const std::stop_token& stop, const BytesProgress& progress) const {
  return civiclog::read_every_block(kViewsStore, *db_, stop, progress);
}

std::string Views::failure() const {
  const std::string error = background_errors_->present();
  return error.empty() ? error : fmt::format("The read models in {} cannot be written ({})", directory_.string(), error);
}

uint64_t Views::table_bytes() const { return civiclog::table_bytes(*db_); }

ViewSnapshot Views::snapshot() const {
  const std::scoped_lock lock(mutex_);
  auto state = std::make_shared<SnapshotState>();
  state->db = db_;
  state->active = published_;
  state->held = snapshots_;
  if (!is_secondary()) state->snapshot = db_->GetSnapshot();
  return ViewSnapshot(std::move(state));
}

std::vector<GenerationRecord> Views::generations() const {
  const std::scoped_lock lock(mutex_);
  std::vector<GenerationRecord> out;
  for (const auto& [key, entry] : generations_) out.push_back(entry.record);
  return out;
}

std::optional<GenerationRecord> Views::active(std::string_view projection) const {
  const std::scoped_lock lock(mutex_);
  const auto active = active_.find(projection);
  if (active == active_.end()) return std::nullopt;
  return generations_.at({active->first, active->second}).record;
}

Status Views::refresh() {
  CHECK(is_secondary());
  const std::scoped_lock lock(mutex_);
  if (snapshots_.use_count() > 1) {
    return Error{ErrorCode::kUnavailable, "The read models are being read; refresh them afterwards.", {}};
  }
  // Opened again rather than caught up: column families made since would otherwise stay unseen.
  generations_.clear();
  active_.clear();
  published_ = std::make_shared<ActiveGenerations>();
  db_.reset();
  return open_database();
}

Result<GenerationRecord> Views::begin_generation(std::string_view projection, uint32_t version) {
  CHECK(!is_secondary());
  const std::scoped_lock lock(mutex_);
  if (generations_.size() >= kMaxGenerations) {
    return incompatible("There are too many builds of read models; stop the service and start it again.");
  }
  GenerationRecord record;
  record.projection = projection;
  record.version = version;
  record.number = 1;
  for (const auto& [key, entry] : generations_) {
    if (key.first == projection) record.number = key.second + 1;
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string_view part : {kLatestPart, kHistoryPart}) {
    descriptors.emplace_back(columns_name(record, part), columns_->of(part));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = db_->CreateColumnFamilies(descriptors, &handles);
  if (!status.ok()) {
    ManifestWitness::distrust(directory_.string(), *env_of(options_));
    for (rocksdb::ColumnFamilyHandle* handle : handles) static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
    return views_error(status, "beginning a build");
  }
  ManifestWitness::record(directory_.string(), *env_of(options_));
  auto columns = std::make_shared<const Generation>(db_, handles[0], handles[1]);
  rocksdb::WriteBatch batch;
  const bool first = !active_.contains(projection);
  CHECK(batch.Put(key_of(record), encode_row(record)).ok());
  if (first) CHECK(batch.Put(active_key(projection), encode_row(record.number)).ok());
  if (Status written = write_meta(*db_, batch); !written) return written.error();
  generations_.emplace(Key{record.projection, record.number}, Entry{record, std::move(columns)});
  if (first) active_[record.projection] = record.number;
  publish_active();
  return record;
}

std::shared_ptr<const Generation> Views::columns(const GenerationRecord& record) const {
  const std::scoped_lock lock(mutex_);
  return generations_.at({record.projection, record.number}).columns;
}

Result<bool> Views::has_rows_before_any_event(const GenerationRecord& record) const {
  if (record.checkpoint != Position{}) return false;
  const std::shared_ptr<const Generation> generation = columns(record);
  for (rocksdb::ColumnFamilyHandle* family : {generation->latest(), generation->history()}) {
    const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(rocksdb::ReadOptions(), family));
    rows->SeekToFirst();
    if (!rows->status().ok()) return views_error(rows->status(), "looking at a build");
    if (rows->Valid()) return true;
  }
  return false;
}

Status Views::commit(ViewBatch& batch, std::span<const GenerationRecord> records) {
  for (const GenerationRecord& record : records) CHECK(batch.rows().Put(key_of(record), encode_row(record)).ok());
  const rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch.rows());
  if (!status.ok()) return views_error(status, "writing rows");
  const std::scoped_lock lock(mutex_);
  for (const GenerationRecord& record : records) generations_.at({record.projection, record.number}).record = record;
  return {};
}

GenerationRecord Views::fault_in_memory(const GenerationRecord& record, const Error& error) {
  const std::scoped_lock lock(mutex_);
  GenerationRecord& known = generations_.at({record.projection, record.number}).record;
  known.state = ViewState::kFaulted;
  known.fault_position = known.checkpoint.next();
  known.error = error.message;
  return known;
}

Status Views::switch_to(const GenerationRecord& record) {
  std::vector<Entry> dropped;
  {
    const std::scoped_lock lock(mutex_);
    CHECK(generations_.contains({record.projection, record.number}));
    rocksdb::WriteBatch batch;
    CHECK(batch.Put(active_key(record.projection), encode_row(record.number)).ok());
    CHECK(batch.Put(key_of(record), encode_row(record)).ok());
    std::vector<Key> old;
    for (const auto& [key, entry] : generations_) {
      if (key.first != record.projection || key.second == record.number) continue;
      old.push_back(key);
      CHECK(batch.Delete(key_of(entry.record)).ok());
    }
    if (Status status = write_meta(*db_, batch); !status) return status;
    generations_.at({record.projection, record.number}).record = record;
    active_[record.projection] = record.number;
    for (const Key& key : old) dropped.push_back(std::move(generations_.extract(key).mapped()));
    publish_active();
  }
  return drop_columns(std::move(dropped));
}

Status Views::drop(const GenerationRecord& record) {
  std::vector<Entry> dropped;
  {
    const std::scoped_lock lock(mutex_);
    const Key key{record.projection, record.number};
    CHECK(generations_.contains(key));
    const auto active = active_.find(record.projection);
    const bool was_active = active != active_.end() && active->second == record.number;
    rocksdb::WriteBatch batch;
    CHECK(batch.Delete(key_of(record)).ok());
    if (was_active) CHECK(batch.Delete(active_key(record.projection)).ok());
    if (Status status = write_meta(*db_, batch); !status) return status;
    if (was_active) active_.erase(active);
    dropped.push_back(std::move(generations_.extract(key).mapped()));
    publish_active();
  }
  return drop_columns(std::move(dropped));
}

// The records are gone already, so what a crash leaves here is dropped at the next opening.
Status Views::drop_columns(std::vector<Entry> entries) {
  for (const Entry& entry : entries) {
    for (rocksdb::ColumnFamilyHandle* handle : {entry.columns->latest(), entry.columns->history()}) {
      const rocksdb::Status status = db_->DropColumnFamily(handle);
      if (status.ok()) continue;
      ManifestWitness::distrust(directory_.string(), *env_of(options_));
      return views_error(status, "dropping an old build");
    }
  }
  ManifestWitness::record(directory_.string(), *env_of(options_));
  return {};
}

}  // namespace civiclog
