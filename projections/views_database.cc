#include "projections/views_database.h"

#include <chrono>
#include <fstream>
#include <thread>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include "storage/directory_lock.h"
#include "storage/manifest_witness.h"
#include "storage/table_files.h"

namespace civiclog {
namespace {

constexpr std::chrono::milliseconds kOpenAgainAfter{10};
constexpr size_t kHistoryBlockBytes = 16u << 10;
constexpr double kFilterBitsPerKey = 10;

// Indexes and filters in pieces that are cached like other blocks: one of a whole large file would push everything else out.
rocksdb::ColumnFamilyOptions column_options(const ViewsOptions& options, const std::shared_ptr<rocksdb::Cache>& cache, bool is_history) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.format_version = 5;
  if (is_history) {
    // Looked into by seeking, which no filter helps; long runs of rows that resemble one another.
    table.block_size = kHistoryBlockBytes;
  } else {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
    table.partition_filters = true;
  }
  rocksdb::ColumnFamilyOptions columns;
  columns.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  columns.compression = rocksdb::kLZ4Compression;
  columns.write_buffer_size = options.write_buffer_bytes / 4;
  columns.arena_block_size = 64 << 10;  // There are many column families, most of them small.
  return columns;
}

Result<OpenedDatabase> open_with(const std::filesystem::path& directory, const std::filesystem::path& scratch,
                                  const ViewsOptions& options, const ViewsColumns& columns) {
  rocksdb::Options database = views_database_options(options);
  const auto background_errors = std::make_shared<BackgroundErrors>();
  database.listeners.push_back(background_errors);
  if (scratch.empty()) {
    // Before opening, which would remove the files that a cut list no longer names.
    if (Status seen = ManifestWitness::check(kViewsStore, directory.string(), *database.env); !seen) return seen.error();
    database.listeners.push_back(std::make_shared<ManifestWitness>(directory.string(), *database.env));
  }
  std::vector<std::string> names;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(database, directory.string(), &names);
  if (!status.ok()) return opening_failure(kViewsStore, directory.string(), status, *database.env);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) descriptors.emplace_back(name, columns.of(name));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  status = scratch.empty()
               ? rocksdb::DB::Open(database, directory.string(), descriptors, &handles, &opened)
               : rocksdb::DB::OpenAsSecondary(database, directory.string(), scratch.string(), descriptors, &handles, &opened);
  if (is_lock_held(status)) return in_use(kViewsStore, directory.string());
  if (!status.ok()) return opening_failure(kViewsStore, directory.string(), status, *database.env);
  if (scratch.empty()) ManifestWitness::record(directory.string(), *database.env);
  OpenedDatabase out;
  out.db.reset(opened);
  out.background_errors = background_errors;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == rocksdb::kDefaultColumnFamilyName) static_cast<void>(opened->DestroyColumnFamilyHandle(handles[i]));
    else out.handles.emplace(names[i], handles[i]);
  }
  return out;
}

// Which list of files is the current one, and how long it is: it changes whenever rows move from the journal to a table.
std::pair<std::string, std::uintmax_t> file_list_of(const std::filesystem::path& directory) {
  std::string name;
  std::ifstream(directory / "CURRENT") >> name;
  std::error_code code;
  const std::uintmax_t size = std::filesystem::file_size(directory / name, code);
  return {name, code ? 0 : size};
}

}  // namespace

rocksdb::Env* env_of(const ViewsOptions& options) { return options.env != nullptr ? options.env : rocksdb::Env::Default(); }

ViewsColumns::ViewsColumns(const ViewsOptions& options) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.cache_bytes);
  latest_ = column_options(options, cache, false);
  history_ = column_options(options, cache, true);
}

const rocksdb::ColumnFamilyOptions& ViewsColumns::of(std::string_view name) const {
  return name.ends_with(kHistoryPart) ? history_ : latest_;
}

rocksdb::Options views_database_options(const ViewsOptions& options) {
  rocksdb::Options database;
  database.env = env_of(options);
  database.db_write_buffer_size = options.write_buffer_bytes;
  database.max_total_wal_size = 4 * options.write_buffer_bytes;
  database.max_open_files = -1;
  database.keep_log_file_num = 4;
  database.max_background_jobs = 2;
  return database;
}

Result<OpenedDatabase> open_views_to_write(const std::filesystem::path& directory, const ViewsOptions& options,
                                           const ViewsColumns& columns) {
  return open_with(directory, {}, options, columns);
}

// Rows that the writer moves from its journal to a table between RocksDB's reading of the one and of the other are
// missed, so the list of files must stand still meanwhile. Looking again with TryCatchUpWithPrimary() is no way: after
// opening, RocksDB 7.8 remembers there every column family the list names, and uses those that were dropped, and freed, since.
Result<OpenedDatabase> open_views_beside(const std::filesystem::path& directory, const std::filesystem::path& scratch,
                                         const ViewsOptions& options, const ViewsColumns& columns) {
  const Status files = check_still_files(kViewsStore, directory.string(), FileDepth::kPresence, *env_of(options));
  if (!files && files.error().rule != kInUse) return files.error();
  for (int attempt = 1;; ++attempt) {
    const auto before = file_list_of(directory);
    Result<OpenedDatabase> opened = open_with(directory, scratch, options, columns);
    if (file_list_of(directory) == before) return opened;
    if (opened) {
      for (const auto& [name, handle] : opened->handles) static_cast<void>(opened->db->DestroyColumnFamilyHandle(handle));
    }
    if (attempt == kMaxOpenAttempts) {
      return Error{ErrorCode::kUnavailable, "The read models are being rewritten faster than they can be read; try again.", {}};
    }
    std::this_thread::sleep_for(kOpenAgainAfter * attempt);
  }
}

}  // namespace civiclog
