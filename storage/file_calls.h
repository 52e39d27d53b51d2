#pragma once

#include <filesystem>

#include <sys/types.h>

namespace civiclog {

// The system calls behind the few files that are not RocksDB's and need more than its Env offers: an owner's mode from the first
// moment, creation that follows no link, identity of an open file. A test puts a disk that fails in their place, as it does with
// an Env. Each is the call of its name: -1 and errno on failure.
//
// Threads: any.
class FileCalls {
 public:
  FileCalls() = default;
  virtual ~FileCalls() = default;
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;

  // The machine's own.
  static FileCalls& system();

  virtual int open(const std::filesystem::path& path, int flags, mode_t mode);
  virtual int close(int file);
  virtual ssize_t read_at(int file, void* bytes, size_t size, off_t offset);
  virtual ssize_t write_at(int file, const void* bytes, size_t size, off_t offset);
  virtual int truncate(int file, off_t size);
  virtual int sync(int file);  // fsync(), also of a directory.
  virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to);
  virtual int link(const std::filesystem::path& from, const std::filesystem::path& to);
  virtual int unlink(const std::filesystem::path& path);
};

}  // namespace civiclog
