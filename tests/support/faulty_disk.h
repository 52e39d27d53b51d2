#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "tests/support/unsynced_changes.h"

namespace rocksdb {
class Env;
}

// A disk that fails once, at a call that can be named by its number, and that can lose its power: to be given to an installation
// (InstallationOptions) or to one of its stores. Everything is really written, below the machine's own file system; nothing is really
// synced, so it is fast.
//
//   FaultyDisk disk(scratch.path() / "aside");
//   disk.plan(FaultKind::kFailedSync, 7);            // The seventh sync fails; calls are counted from here.
//   ... open with {.env = disk.env(), .file_calls = &disk.file_calls()}, work, close ...
//   disk.fired();                                    // "sync of /…/log/000004.log", or empty when there were fewer calls.
//   disk.power_loss();                               // The disk as a power cut would leave it; no fault is planned any more.
//
// To meet every call there is: plan number 1, 2, 3 … until fired() stays empty.
//
// Threads: env() and file_calls() from any; the rest by the test's. All I/O through it is serialised. RocksDB's own messages (LOG) and
// locks go past it.

namespace civiclog {

class FileCalls;

enum class FaultKind {
  kFailedSync,   // A sync, flush or close of a file or directory fails, once. What was to be synced is never saved, whatever is said later.
  kFailedName,   // Making, opening to write, moving, removing, linking or cutting a file fails, once.
  kShortWrite,   // Half of what was to be written is, and then it fails, once.
  kNoSpace,      // Nothing more can be made or written, until repair().
  kReadError,    // Reading or opening to read fails, once.
  kLyingSync,    // From then on all syncs of that file or directory do nothing and say they did.
  kPowerCut,     // From then on everything fails; a write on which it falls is half done. power_loss() is to follow.
};
inline constexpr std::array kFaultKinds = {FaultKind::kFailedSync, FaultKind::kFailedName, FaultKind::kShortWrite, FaultKind::kNoSpace,
                                           FaultKind::kReadError,  FaultKind::kLyingSync,  FaultKind::kPowerCut};
const char* name_of(FaultKind kind);

enum class DiskCall { kCreate, kOpenToWrite, kOpenToRead, kWrite, kSync, kSyncDirectory, kFlush, kClose, kRename, kRemove, kLink, kTruncate, kRead };

class FaultyDisk {
 public:
  // `aside`: a directory of its own, on the same file system, for what may have to come back.
  explicit FaultyDisk(const std::filesystem::path& aside);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  rocksdb::Env* env() { return env_.get(); }
  FileCalls& file_calls() { return *file_calls_; }

  // Only calls on paths for which `paths` is true are counted and hit.
  void plan(FaultKind kind, uint64_t number, std::function<bool(const std::string& path)> paths = {});
  // How many calls this kind could have hit since the last plan().
  uint64_t calls(FaultKind kind) const;
  std::string fired() const;
  // No fault is planned or under way any more. What was lost stays lost, and is still lost at a power_loss().
  void repair();
  // See UnsyncedChanges::lose(). Everything must be closed.
  void power_loss(std::mt19937* luck = nullptr);
  // What the disk says it has free; nullopt: the truth.
  void set_free_bytes(std::optional<uint64_t> bytes);
  std::optional<uint64_t> free_bytes() const;

  // ---- for the two layers above ----

  enum class Verdict { kGo, kFail, kFailHalfWay, kNoSpace, kLie };
  // Both are held while a call is made.
  std::mutex& mutex() const { return mutex_; }
  Verdict ask(DiskCall call, const std::filesystem::path& path);
  UnsyncedChanges& changes() { return changes_; }
  void sync(UnsyncedChanges::File& file, Verdict verdict);
  void sync_directory(const std::filesystem::path& directory, Verdict verdict);

 private:
  struct Plan {
    FaultKind kind = FaultKind::kFailedSync;
    uint64_t number = 0;  // 0: none.
    std::function<bool(const std::string&)> paths;
  };

  mutable std::mutex mutex_;  // Guards what follows.
  Plan plan_;
  std::map<FaultKind, uint64_t> calls_;
  std::string fired_;
  bool is_full_ = false;
  bool is_off_ = false;
  std::set<std::filesystem::path> lying_directories_;
  std::optional<uint64_t> free_bytes_;
  UnsyncedChanges changes_;

  const std::unique_ptr<rocksdb::Env> env_;
  const std::unique_ptr<FileCalls> file_calls_;
};

}  // namespace civiclog
