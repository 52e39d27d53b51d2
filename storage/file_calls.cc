#include "storage/file_calls.h"

#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace civiclog {

FileCalls& FileCalls::system() {
  static FileCalls calls;
  return calls;
}

int FileCalls::open(const std::filesystem::path& path, int flags, mode_t mode) { return ::open(path.c_str(), flags, mode); }
int FileCalls::close(int file) { return ::close(file); }
ssize_t FileCalls::read_at(int file, void* bytes, size_t size, off_t offset) { return ::pread(file, bytes, size, offset); }
ssize_t FileCalls::write_at(int file, const void* bytes, size_t size, off_t offset) { return ::pwrite(file, bytes, size, offset); }
int FileCalls::truncate(int file, off_t size) { return ::ftruncate(file, size); }
int FileCalls::sync(int file) { return ::fsync(file); }
int FileCalls::rename(const std::filesystem::path& from, const std::filesystem::path& to) { return std::rename(from.c_str(), to.c_str()); }
int FileCalls::link(const std::filesystem::path& from, const std::filesystem::path& to) { return ::link(from.c_str(), to.c_str()); }
int FileCalls::unlink(const std::filesystem::path& path) { return ::unlink(path.c_str()); }

}  // namespace civiclog
