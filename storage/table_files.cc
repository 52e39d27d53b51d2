#include "storage/table_files.h"

#include <algorithm>
#include <cstdarg>
#include <memory>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_reader.h>

#include "storage/directory_lock.h"
#include "storage/manifest_witness.h"

namespace civiclog {
namespace {

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// Only files count here: what the write-ahead log lacks, its owner tells by other means.
rocksdb::Options looking_options(rocksdb::Env& env) {
  rocksdb::Options options;
  options.env = &env;
  options.info_log = std::make_shared<SilentLogger>();
  options.max_open_files = -1;  // All are opened at once.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.skip_stats_update_on_db_open = true;
  return options;
}

std::vector<rocksdb::LiveFileMetaData> files_of(rocksdb::DB& db) {
  std::vector<rocksdb::LiveFileMetaData> files;
  db.GetLiveFilesMetaData(&files);
  return files;
}

bool is_live(rocksdb::DB& db, const std::string& file) {
  return std::ranges::any_of(files_of(db), [&](const auto& live) { return live.name == file; });
}

// SstFileReader does not always say which file it was.
Error unreadable(const StoreName& name, rocksdb::DB& db, const std::string& file, const rocksdb::Status& status) {
  const bool damaged = status.IsCorruption() || status.IsPathNotFound();
  return store_failure(name, db.GetName(), damaged ? rocksdb::Status::Corruption(file) : status);
}

rocksdb::Status read_file(const std::string& path, rocksdb::Env& env) {
  rocksdb::SstFileReader file(looking_options(env));
  const rocksdb::Status status = file.Open(path);
  return status.ok() ? file.VerifyChecksum() : status;
}

Status open_and_read(const StoreName& name, const std::string& directory, FileDepth depth, rocksdb::Env& env,
                     const BytesProgress& progress) {
  const rocksdb::Options options = looking_options(env);
  std::vector<std::string> families;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, directory, &families);
  if (!status.ok()) return opening_failure(name, directory, status, env);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& family : families) descriptors.emplace_back(family, options);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  status = rocksdb::DB::OpenForReadOnly(options, directory, descriptors, &handles, &opened);
  if (!status.ok()) return opening_failure(name, directory, status, env);
  const std::unique_ptr<rocksdb::DB> db(opened);
  Status checked;
  if (depth == FileDepth::kEveryBlock) checked = read_every_block(name, *db, {}, progress);
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  return checked;
}

}  // namespace

Error opening_failure(const StoreName& name, const std::string& directory, const rocksdb::Status& status, rocksdb::Env& env) {
  std::vector<std::string> files;
  if (!status.IsCorruption() || !env.GetChildren(directory, &files).ok()) return store_failure(name, directory, status);
  std::ranges::sort(files);
  for (const std::string& file : files) {
    if (!file.ends_with(".sst") || rocksdb::SstFileReader(looking_options(env)).Open(directory + "/" + file).ok()) continue;
    return store_failure(name, directory, rocksdb::Status::Corruption(file));
  }
  return store_failure(name, directory, status);
}

Status check_still_files(const StoreName& name, const std::string& directory, FileDepth depth, rocksdb::Env& env,
                         const BytesProgress& progress) {
  if (!env.FileExists(directory + "/CURRENT").ok()) return {};
  const Result<DirectoryLock> lock = DirectoryLock::take(name, directory, env);
  // Without any lock to be had it is a medium nobody can write to.
  if (!lock && lock.error().rule == kInUse) return lock.error();
  if (Status seen = ManifestWitness::check(name, directory, env); !seen) return seen;
  return open_and_read(name, directory, depth, env, progress);
}

Status read_every_block(const StoreName& name, rocksdb::DB& db, const std::stop_token& stop, const BytesProgress& progress) {
  const uint64_t total = table_bytes(db);
  uint64_t done = 0;
  for (const rocksdb::LiveFileMetaData& file : files_of(db)) {
    if (stop.stop_requested()) return {};
    const std::string path = file.db_path + file.name;
    const rocksdb::Status status = read_file(path, *db.GetEnv());
    if (!status.ok() && is_live(db, file.name)) return unreadable(name, db, file.name, status);
    done += file.size;
    if (progress) progress(done, total);
  }
  return {};
}

uint64_t table_bytes(rocksdb::DB& db) {
  uint64_t bytes = 0;
  for (const rocksdb::LiveFileMetaData& file : files_of(db)) bytes += file.size;
  return bytes;
}

}  // namespace civiclog
