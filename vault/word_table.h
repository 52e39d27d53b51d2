#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/result.h"
#include "storage/background_errors.h"
#include "storage/store_name.h"

// The vault's RocksDB: options, error translation, flushes shared by concurrent writers, and getting deleted
// values out of the files. Only the vault's own sources include this.
//
// Threads: all methods from any thread, but catch_up(), which must not run beside others.
//
// Recovery mode: kTolerateCorruptedTailRecords. A record cut off by a crash in the middle of an unacknowledged
// write is dropped; damage before the end refuses to open instead of silently dropping all that follows it.

namespace civiclog {

inline constexpr StoreName kVaultStore = {"The vault", "restore the vault from its backup"};

class WordTable {
 public:
  // `env` must outlive it.
  static Result<std::unique_ptr<WordTable>> create(const std::filesystem::path& directory, rocksdb::Env& env);
  // kNotFound: none there. kUnavailable: another process has it open. kCorrupt: damaged.
  static Result<std::unique_ptr<WordTable>> open(const std::filesystem::path& directory, rocksdb::Env& env);
  // Reads beside a running writer. `scratch` receives RocksDB's own notes.
  static Result<std::unique_ptr<WordTable>> open_secondary(const std::filesystem::path& directory,
                                                           const std::filesystem::path& scratch, rocksdb::Env& env);
  ~WordTable();
  WordTable(const WordTable&) = delete;
  WordTable& operator=(const WordTable&) = delete;

  Result<std::optional<std::string>> get(std::string_view key) const;
  // Calls `row` for each row whose key starts with `prefix`, in key order, as of the call, until it returns false.
  Status scan(std::string_view prefix,
              const std::function<Result<bool>(std::string_view key, std::string_view value)>& row) const;

  // Atomic, at once readable, durable only after a sync().
  Status write(rocksdb::WriteBatch& batch);
  // On return all that was written before the call is on disk. Callers at the same time share flushes. After a
  // failure the table refuses writes until it is opened again.
  Status sync();
  // Removes old values of these keys, which must have been deleted, from every file. Rewrites the files
  // that overlap them; beyond kMaxPurgeRanges keys, all.
  Status purge(std::span<const std::string> keys);
  Status catch_up();
  uint64_t writes() const { return written_; }
  rocksdb::DB& db() const { return *db_; }
  // Why nothing is written any more; empty when all is well.
  std::string failure() const;

 private:
  WordTable(std::unique_ptr<rocksdb::DB> db, std::shared_ptr<BackgroundErrors> background_errors)
      : db_(std::move(db)), writable_(background_errors != nullptr), background_errors_(std::move(background_errors)) {}

  std::unique_ptr<rocksdb::DB> db_;
  const bool writable_;
  const std::shared_ptr<BackgroundErrors> background_errors_;  // nullptr in a secondary.
  std::atomic<uint64_t> written_{0};  // Writes finished.
  std::atomic<bool> broken_{false};
  std::mutex sync_mutex_;
  uint64_t synced_ = 0;  // Of written_, known to be on disk. Guarded by sync_mutex_.
};

}  // namespace civiclog
