#include "replay-tools/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

namespace civiclog {
namespace {

Error failed(const char* what, const std::filesystem::path& directory, int error_number) {
  return io_error(fmt::format("a temporary file in {} cannot be {}: {}", directory.string(), what,
                              std::generic_category().message(error_number)));
}

}  // namespace

Result<std::unique_ptr<ScratchFile>> ScratchFile::create(const std::filesystem::path& directory) {
  std::string name = (directory / ".civic-replay-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return failed("made", directory, errno);
  std::unique_ptr<ScratchFile> file(new ScratchFile(descriptor, directory));
  if (::unlink(name.c_str()) != 0) return failed("made", directory, errno);
  return file;
}

ScratchFile::~ScratchFile() { ::close(descriptor_); }

Status ScratchFile::append(const void* bytes, size_t count) {
  const char* rest = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::pwrite(descriptor_, rest, count, static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("written", directory_, errno);
    rest += written;
    count -= static_cast<size_t>(written);
    size_ += static_cast<uint64_t>(written);
  }
  return {};
}

Status ScratchFile::read(uint64_t offset, void* bytes, size_t count) const {
  char* rest = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, rest, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failed("read", directory_, got < 0 ? errno : EIO);
    rest += got;
    count -= static_cast<size_t>(got);
    offset += static_cast<uint64_t>(got);
  }
  return {};
}

}  // namespace civiclog
