#include "storage/directory_lock.h"

#include <utility>

#include <fmt/format.h>
#include <rocksdb/env.h>

namespace civiclog {

bool is_lock_held(const rocksdb::Status& status) {
  const std::string reason = status.ToString();
  return reason.find("lock hold by") != std::string::npos || reason.find("temporarily unavailable") != std::string::npos;
}

Error in_use(const StoreName& name, const std::string& directory) {
  return {ErrorCode::kUnavailable,
          fmt::format("{} in {} is in use by another process: stop that one first, or read beside it.", name.what, directory), kInUse};
}

Result<DirectoryLock> DirectoryLock::take(const StoreName& name, const std::string& directory, rocksdb::Env& env) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = env.LockFile(directory + "/LOCK", &lock);
  if (status.ok()) return DirectoryLock(env, lock);
  return is_lock_held(status) ? in_use(name, directory) : store_failure(name, directory, status);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : env_(other.env_), lock_(std::exchange(other.lock_, nullptr)) {}

DirectoryLock::~DirectoryLock() {
  if (lock_ != nullptr) env_->UnlockFile(lock_).PermitUncheckedError();
}

}  // namespace civiclog
