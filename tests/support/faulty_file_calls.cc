#include "tests/support/faulty_file_calls.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace civiclog {
namespace {

namespace fs = std::filesystem;
using Verdict = FaultyDisk::Verdict;

bool refuses(Verdict verdict) {
  errno = verdict == Verdict::kNoSpace ? ENOSPC : EIO;
  return verdict != Verdict::kGo && verdict != Verdict::kLie;
}

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

}  // namespace

int FaultyFileCalls::open(const fs::path& path, int flags, mode_t mode) {
  const std::scoped_lock lock(disk_.mutex());
  const bool creates = (flags & O_CREAT) != 0 && !is_there(path);
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (refuses(disk_.ask(creates ? DiskCall::kCreate : writes ? DiskCall::kOpenToWrite : DiskCall::kOpenToRead, path))) return -1;
  const int file = FileCalls::open(path, flags, mode);
  if (file < 0) return file;
  UnsyncedChanges::FilePointer state;
  if ((flags & O_DIRECTORY) == 0) state = creates ? disk_.changes().created(path) : disk_.changes().file(path);
  if ((flags & O_TRUNC) != 0 && state) disk_.changes().truncate(*state, path, 0);
  open_[file] = {path, state};
  return file;
}

int FaultyFileCalls::close(int file) {
  const std::scoped_lock lock(disk_.mutex());
  open_.erase(file);
  return FileCalls::close(file);
}

ssize_t FaultyFileCalls::read_at(int file, void* bytes, size_t size, off_t offset) {
  const std::scoped_lock lock(disk_.mutex());
  if (refuses(disk_.ask(DiskCall::kRead, open_.at(file).path))) return -1;
  return FileCalls::read_at(file, bytes, size, offset);
}

ssize_t FaultyFileCalls::write_at(int file, const void* bytes, size_t size, off_t offset) {
  const std::scoped_lock lock(disk_.mutex());
  Open& open = open_.at(file);
  const Verdict verdict = disk_.ask(DiskCall::kWrite, open.path);
  const size_t written = verdict == Verdict::kGo ? size : verdict == Verdict::kFailHalfWay ? size / 2 : 0;
  if (written > 0) {
    disk_.changes().write(*open.state, open.path, static_cast<uint64_t>(offset), written);
    if (const ssize_t done = FileCalls::write_at(file, bytes, written, offset); done < 0) return done;
  }
  return refuses(verdict) ? -1 : static_cast<ssize_t>(written);
}

int FaultyFileCalls::truncate(int file, off_t size) {
  const std::scoped_lock lock(disk_.mutex());
  Open& open = open_.at(file);
  if (refuses(disk_.ask(DiskCall::kTruncate, open.path))) return -1;
  disk_.changes().truncate(*open.state, open.path, static_cast<uint64_t>(size));
  return FileCalls::truncate(file, size);
}

int FaultyFileCalls::sync(int file) {
  const std::scoped_lock lock(disk_.mutex());
  Open& open = open_.at(file);
  const Verdict verdict = disk_.ask(open.state ? DiskCall::kSync : DiskCall::kSyncDirectory, open.path);
  if (open.state) disk_.sync(*open.state, verdict);
  else disk_.sync_directory(open.path, verdict);
  return refuses(verdict) ? -1 : 0;
}

int FaultyFileCalls::rename(const fs::path& from, const fs::path& to) {
  const std::scoped_lock lock(disk_.mutex());
  if (refuses(disk_.ask(DiskCall::kRename, from))) return -1;
  disk_.changes().rename(from, to);
  return FileCalls::rename(from, to);
}

int FaultyFileCalls::link(const fs::path& from, const fs::path& to) {
  const std::scoped_lock lock(disk_.mutex());
  if (refuses(disk_.ask(DiskCall::kLink, from))) return -1;
  const int done = FileCalls::link(from, to);
  if (done == 0) disk_.changes().link(from, to);
  return done;
}

int FaultyFileCalls::unlink(const fs::path& path) {
  const std::scoped_lock lock(disk_.mutex());
  if (refuses(disk_.ask(DiskCall::kRemove, path))) return -1;
  disk_.changes().remove(path);
  return FileCalls::unlink(path);
}

}  // namespace civiclog
