#include "vault/word_table.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include "storage/directory_lock.h"
#include "storage/manifest_witness.h"
#include "storage/table_files.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWriteBufferBytes = 8 << 20;
constexpr size_t kBlockCacheBytes = 16 << 20;
constexpr double kBloomBitsPerKey = 10;
constexpr size_t kMaxInfoLogBytes = 1 << 20;
constexpr size_t kMaxInfoLogs = 2;
constexpr size_t kMaxPurgeRanges = 64;
constexpr int kMaxCatchUpAttempts = 50;
constexpr std::chrono::milliseconds kCatchUpPause{10};

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view bytes_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Status require_database(const fs::path& directory) {
  std::error_code failure;
  if (fs::exists(directory / "CURRENT", failure)) return {};
  if (fs::exists(directory, failure) && !fs::is_empty(directory, failure)) {
    return store_failure(kVaultStore, directory.string(), rocksdb::Status::Corruption("CURRENT"));
  }
  return not_found(fmt::format("There is no vault in {}: name the right directory, or restore the vault from its backup.",
                               directory.parent_path().string()));
}

rocksdb::Options make_options(rocksdb::Env& env) {
  rocksdb::Options options;
  options.env = &env;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.write_buffer_size = kWriteBufferBytes;
  // Values are ciphertext and cannot be compressed; the keys can, and LZ4 gives up cheaply.
  options.compression = rocksdb::kLZ4Compression;
  options.max_log_file_size = kMaxInfoLogBytes;
  options.keep_log_file_num = kMaxInfoLogs;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// The first key after all that start with `prefix`.
std::string after(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty() && static_cast<uint8_t>(out.back()) == 0xFF) out.pop_back();
  if (!out.empty()) out.back() = static_cast<char>(static_cast<uint8_t>(out.back()) + 1);
  return out;
}

}  // namespace

Result<std::unique_ptr<WordTable>> WordTable::create(const fs::path& directory, rocksdb::Env& env) {
  rocksdb::Options options = make_options(env);
  options.create_if_missing = true;
  options.error_if_exists = true;
  options.listeners.push_back(std::make_shared<ManifestWitness>(directory.string(), env));
  const auto background_errors = std::make_shared<BackgroundErrors>();
  options.listeners.push_back(background_errors);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory.string(), &db);
  if (!status.ok()) return store_failure(kVaultStore, directory.string(), status);
  ManifestWitness::record(directory.string(), env);
  return std::unique_ptr<WordTable>(new WordTable(std::unique_ptr<rocksdb::DB>(db), background_errors));
}

Result<std::unique_ptr<WordTable>> WordTable::open(const fs::path& directory, rocksdb::Env& env) {
  if (Status status = require_database(directory); !status) return status.error();
  // Before opening, which would remove the files that a cut list no longer names.
  if (Status seen = ManifestWitness::check(kVaultStore, directory.string(), env); !seen) return seen.error();
  rocksdb::Options options = make_options(env);
  options.listeners.push_back(std::make_shared<ManifestWitness>(directory.string(), env));
  const auto background_errors = std::make_shared<BackgroundErrors>();
  options.listeners.push_back(background_errors);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory.string(), &db);
  if (status.ok()) {
    ManifestWitness::record(directory.string(), env);
    return std::unique_ptr<WordTable>(new WordTable(std::unique_ptr<rocksdb::DB>(db), background_errors));
  }
  if (is_lock_held(status)) return in_use(kVaultStore, directory.string());
  return opening_failure(kVaultStore, directory.string(), status, env);
}

Result<std::unique_ptr<WordTable>> WordTable::open_secondary(const fs::path& directory, const fs::path& scratch, rocksdb::Env& env) {
  if (Status status = require_database(directory); !status) return status.error();
  const Status files = check_still_files(kVaultStore, directory.string(), FileDepth::kPresence, env);
  if (!files && files.error().rule != kInUse) return files.error();
  rocksdb::Options options = make_options(env);
  options.max_open_files = -1;  // The writer may remove a file that is still to be read here.
  rocksdb::Status status;
  for (int attempt = 0; attempt < kMaxCatchUpAttempts; ++attempt) {
    rocksdb::DB* db = nullptr;
    status = rocksdb::DB::OpenAsSecondary(options, directory.string(), scratch.string(), &db);
    if (status.ok()) return std::unique_ptr<WordTable>(new WordTable(std::unique_ptr<rocksdb::DB>(db), nullptr));
    std::this_thread::sleep_for(kCatchUpPause);  // The writer may just have replaced a file.
  }
  return opening_failure(kVaultStore, directory.string(), status, env);
}

WordTable::~WordTable() {
  const std::string directory = db_->GetName();
  rocksdb::Env& env = *db_->GetEnv();
  db_.reset();
  if (writable_) ManifestWitness::record(directory, env);
}

Result<std::optional<std::string>> WordTable::get(std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return store_failure(kVaultStore, db_->GetName(), status);
  return std::optional<std::string>(std::move(value));
}

Status WordTable::scan(std::string_view prefix,
                       const std::function<Result<bool>(std::string_view, std::string_view)>& row) const {
  const std::string end = after(prefix);
  const rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end_slice;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options));
  for (rows->Seek(slice(prefix)); rows->Valid(); rows->Next()) {
    const Result<bool> more = row(bytes_of(rows->key()), bytes_of(rows->value()));
    if (!more) return more.error();
    if (!*more) return {};
  }
  if (!rows->status().ok()) return store_failure(kVaultStore, db_->GetName(), rows->status());
  return {};
}

Status WordTable::write(rocksdb::WriteBatch& batch) {
  if (broken_) return io_error(fmt::format("The words in {} failed before: restart the service.", db_->GetName()));
  const rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch);
  if (!status.ok()) {
    // RocksDB must not be asked to flush a journal that has failed: Debian's ends the process then, by an assertion.
    broken_ = true;
    return store_failure(kVaultStore, db_->GetName(), status);
  }
  ++written_;
  return {};
}

Status WordTable::sync() {
  const uint64_t wanted = written_;
  const std::scoped_lock lock(sync_mutex_);
  if (broken_) return io_error(fmt::format("The words in {} failed before: restart the service.", db_->GetName()));
  if (synced_ >= wanted) return {};
  const uint64_t covered = written_;
  const rocksdb::Status status = db_->SyncWAL();
  if (!status.ok()) {
    // After a failed flush the kernel may have dropped the pages: what is readable may not be on disk.
    broken_ = true;
    return store_failure(kVaultStore, db_->GetName(), status);
  }
  synced_ = covered;
  return {};
}

std::string WordTable::failure() const {
  if (!background_errors_) return {};
  if (broken_) return fmt::format("The words in {} could not be written to disk", db_->GetName());
  const std::string error = background_errors_->present();
  return error.empty() ? error : fmt::format("The words in {} cannot be written ({})", db_->GetName(), error);
}

Status WordTable::purge(std::span<const std::string> keys) {
  if (keys.empty()) return {};
  if (broken_) return io_error(fmt::format("The words in {} failed before: restart the service.", db_->GetName()));
  rocksdb::Status status = db_->Flush(rocksdb::FlushOptions());
  if (!status.ok()) return store_failure(kVaultStore, db_->GetName(), status);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.allow_write_stall = true;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  if (keys.size() > kMaxPurgeRanges) {
    status = db_->CompactRange(options, nullptr, nullptr);
    return status.ok() ? Status() : Status(store_failure(kVaultStore, db_->GetName(), status));
  }
  for (const std::string& key : keys) {
    const rocksdb::Slice only(key);
    status = db_->CompactRange(options, &only, &only);
    if (!status.ok()) return store_failure(kVaultStore, db_->GetName(), status);
  }
  return {};
}

Status WordTable::catch_up() {
  rocksdb::Status status;
  for (int attempt = 0; attempt < kMaxCatchUpAttempts; ++attempt) {
    status = db_->TryCatchUpWithPrimary();
    if (status.ok()) return {};
    std::this_thread::sleep_for(kCatchUpPause);  // The writer may just have replaced a file.
  }
  return store_failure(kVaultStore, db_->GetName(), status);
}

}  // namespace civiclog
