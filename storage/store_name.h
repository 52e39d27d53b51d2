#pragma once

#include <string>

#include "base/result.h"

namespace rocksdb {
class Status;
}

// Log, vault and read models are three RocksDB directories. What they say about trouble with their files is said here,
// in one voice: which of the three, which file, and what to do.

namespace civiclog {

struct StoreName {
  const char* what;    // Begins a sentence: "The log".
  const char* remedy;  // Ends one, for damaged or missing files: "restore the log from its backup".
};

inline constexpr const char* kDamagedFiles = "damaged_files";  // Rule of kCorrupt errors: files are missing, cut off or unreadable.

inline constexpr const char* kInUse = "in_use";                // Rule of kUnavailable errors: another process has it.

// What RocksDB said when it opened, read or wrote the store. kCorrupt with kDamagedFiles for what only a copy can
// mend, kIo for what the machine refused (a full disk, a missing permission).
Error store_failure(const StoreName& name, const std::string& directory, const rocksdb::Status& status);

}  // namespace civiclog
