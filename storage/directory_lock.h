#pragma once

#include <string>

#include "base/result.h"
#include "storage/store_name.h"

namespace rocksdb {
class Env;
class FileLock;
}  // namespace rocksdb

namespace civiclog {

// RocksDB's own lock on one of its directories, so that nobody writes there while we look. Given back by the destructor.
// Any one thread.
class DirectoryLock {
 public:
  // kUnavailable "in_use" when another process, or another place in this one, has it; kIo when there is no lock to be had,
  // as on a medium that cannot be written.
  static Result<DirectoryLock> take(const StoreName& name, const std::string& directory, rocksdb::Env& env);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  DirectoryLock(rocksdb::Env& env, rocksdb::FileLock* lock) : env_(&env), lock_(lock) {}

  rocksdb::Env* env_;
  rocksdb::FileLock* lock_;
};

// Whether that is what RocksDB says here: it has no code for it.
bool is_lock_held(const rocksdb::Status& status);
Error in_use(const StoreName& name, const std::string& directory);

}  // namespace civiclog
