#pragma once

#include <map>

#include "storage/file_calls.h"
#include "tests/support/faulty_disk.h"

namespace civiclog {

// The way of files that are not RocksDB's to a FaultyDisk, which makes it: FaultyDisk::file_calls().
class FaultyFileCalls final : public FileCalls {
 public:
  explicit FaultyFileCalls(FaultyDisk& disk) : disk_(disk) {}

  int open(const std::filesystem::path& path, int flags, mode_t mode) override;
  int close(int file) override;
  ssize_t read_at(int file, void* bytes, size_t size, off_t offset) override;
  ssize_t write_at(int file, const void* bytes, size_t size, off_t offset) override;
  int truncate(int file, off_t size) override;
  int sync(int file) override;
  int rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  int link(const std::filesystem::path& from, const std::filesystem::path& to) override;
  int unlink(const std::filesystem::path& path) override;

 private:
  struct Open {
    std::filesystem::path path;
    UnsyncedChanges::FilePointer state;  // nullptr: a directory.
  };

  FaultyDisk& disk_;
  std::map<int, Open> open_;  // Guarded by the disk's mutex.
};

}  // namespace civiclog
