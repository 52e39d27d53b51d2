#include "access/installation_key.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/json_object.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxKeyFileBytes = 4'096;
constexpr mode_t kPrivate = 0600;
constexpr mode_t kOthers = 077;

Error os_error(const char* verb, const fs::path& path) {
  return io_error(fmt::format("Could not {} {}: {}.", verb, path.string(), std::strerror(errno)));
}

class OpenFile {
 public:
  OpenFile(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, kPrivate)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Result<std::string> read_private_file(const fs::path& path) {
  // Without O_NONBLOCK a named pipe in its place would hold up the start for ever.
  const OpenFile file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (file.fd() < 0 && errno == ENOENT) {
    return not_found(fmt::format("There is no installation key {} yet; start the service once.", path.string()));
  }
  if (file.fd() < 0 && errno == ELOOP) {
    return incompatible(fmt::format("The installation key {} is a symbolic link; put the file itself there.", path.string()));
  }
  if (file.fd() < 0) return os_error("open the installation key", path);
  struct stat found {};
  if (::fstat(file.fd(), &found) != 0) return os_error("look at the installation key", path);
  if (!S_ISREG(found.st_mode)) {
    return incompatible(fmt::format("The installation key {} is not a file; remove it.", path.string()));
  }
  if ((found.st_mode & kOthers) != 0) {
    return incompatible(fmt::format("The installation key {} may be read or changed by others (mode {:04o}): whoever has read it can "
                                    "sign tokens. If nobody has, `chmod 600` it; otherwise remove it and start again for a new one.",
                                    path.string(), found.st_mode & 07777));
  }
  std::string text(kMaxKeyFileBytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file.fd(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os_error("read the installation key", path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  text.resize(size);
  return text;
}

Status write_whole(const fs::path& path, std::string_view bytes) {
  const OpenFile file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  if (file.fd() < 0) return os_error("create", path);
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.fd(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return os_error("write", path);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  // An odd umask may have taken the owner's own rights.
  if (::fchmod(file.fd(), kPrivate) != 0 || ::fsync(file.fd()) != 0) return os_error("flush", path);
  return {};
}

Result<PrivateKey> decode(const std::string& text, const fs::path& path) {
  const auto damaged = [&](const std::string& what) {
    return corrupt(fmt::format("The installation key {} is damaged ({}). Restore it from a backup, or remove it and start again "
                               "for a new one; tokens of the old key are then refused.",
                               path.string(), what));
  };
  if (text.size() > kMaxKeyFileBytes) return damaged("it is too long");
  const auto jwk = JsonObject::parse(text);
  if (!jwk) return damaged(jwk.error().message);
  auto key = PrivateKey::from_jwk(*jwk);
  if (!key) return damaged("it " + key.error().message);
  return key;
}

Status make(const fs::path& directory, int directory_fd) {
  const fs::path path = directory / kInstallationKeyFile;
  const fs::path fresh = directory / (std::string(kInstallationKeyFile) + ".new");
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) return os_error("remove", fresh);
  if (Status status = write_whole(fresh, PrivateKey::generate().jwk().print() + "\n"); !status) return status;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return os_error("rename", fresh);
  if (::fsync(directory_fd) != 0) return os_error("flush the directory", directory);
  return {};
}

}  // namespace

Result<InstallationKey> InstallationKey::read(const fs::path& directory) {
  const fs::path path = directory / kInstallationKeyFile;
  const auto text = read_private_file(path);
  if (!text) return text.error();
  auto key = decode(*text, path);
  if (!key) return key.error();
  return InstallationKey(*std::move(key));
}

Result<InstallationKey> InstallationKey::read_or_make(const fs::path& directory) {
  const OpenFile lock(directory, O_RDONLY | O_DIRECTORY);
  if (lock.fd() < 0) return os_error("open the directory", directory);
  while (::flock(lock.fd(), LOCK_EX) != 0) {
    if (errno != EINTR) return os_error("lock the directory", directory);
  }
  auto key = read(directory);
  if (key || key.error().code != ErrorCode::kNotFound) return key;
  if (Status status = make(directory, lock.fd()); !status) return status.error();
  return read(directory);
}

}  // namespace civiclog
