#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

// What a disk may forget: bytes that were written and not synced, and names that were made, moved or removed without a sync
// of their directory. The strict reading of POSIX: a sync of a file saves its bytes, not its name.
//
// The changes themselves are made by the caller; this remembers how to undo them. What is removed or written over is kept aside
// under a name of its own, so nothing is lost before the disk may lose it. A file never heard of is taken to be safe as it is.
//
// One thread at a time.

namespace civiclog {

class UnsyncedChanges {
 public:
  struct File {
    uint64_t size = 0;
    uint64_t synced_size = 0;
    struct Overwritten {
      uint64_t offset;
      std::string before;
    };
    std::vector<Overwritten> overwritten;  // Below synced_size, oldest first.
    uint64_t failed_syncs = 0;             // Each open file is told of it once, as Linux does.
    bool never_syncs = false;              // The disk lies about it, or has dropped what was to be synced.
  };
  using FilePointer = std::shared_ptr<File>;

  explicit UnsyncedChanges(std::filesystem::path aside);
  ~UnsyncedChanges();
  UnsyncedChanges(const UnsyncedChanges&) = delete;
  UnsyncedChanges& operator=(const UnsyncedChanges&) = delete;

  FilePointer file(const std::filesystem::path& path);
  // Before the change is made. What is at `path` is moved aside.
  FilePointer create(const std::filesystem::path& path);
  FilePointer created(const std::filesystem::path& path);  // Afterwards, where nothing was before.
  void remove(const std::filesystem::path& path);
  void rename(const std::filesystem::path& from, const std::filesystem::path& to);
  void link(const std::filesystem::path& from, const std::filesystem::path& to);
  void write(File& file, const std::filesystem::path& path, uint64_t offset, uint64_t size);
  void truncate(File& file, const std::filesystem::path& path, uint64_t size);
  static void sync(File& file);
  void sync_directory(const std::filesystem::path& directory);

  // The disk as it is afterwards. Without `luck` all that can be lost is; with it, a part of the bytes of each file, and the newest of
  // the changed names. No file may be open.
  void lose(std::mt19937* luck);

 private:
  enum class Kind { kCreated, kRemoved, kRenamed };
  struct Change {
    Kind kind;
    std::filesystem::path path;
    std::filesystem::path to;     // Of kRenamed.
    std::filesystem::path aside;  // What was at `path`, or at `to`; may be empty.
    FilePointer file;             // Of what is aside.
  };
  static void lose_bytes(const File& file, const std::filesystem::path& path, std::mt19937* luck);
  std::filesystem::path put_aside(const std::filesystem::path& path, bool keep_name);
  void undo(const Change& change);

  const std::filesystem::path aside_;
  uint64_t asides_ = 0;
  std::map<std::filesystem::path, FilePointer> files_;
  std::vector<Change> changes_;
};

}  // namespace civiclog
