#include "vault/key_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/check.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "CIVICKEY";
constexpr uint32_t kFormatVersion = 1;
constexpr uint16_t kEndMark = 0xA55A;
constexpr size_t kHeaderSize = 32;
constexpr size_t kRecordSize = 56;
constexpr size_t kMaxChunk = 1 << 20;
constexpr int kMaxReadAttempts = 100;

Error os_error(const char* verb, const fs::path& path) {
  return io_error(fmt::format("Could not {} {}: {}.", verb, path.string(), std::strerror(errno)));
}

class OpenFile {
 public:
  OpenFile(FileCalls& calls, const fs::path& path, int flags)
      : calls_(calls), fd_(calls.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~OpenFile() {
    if (fd_ >= 0) calls_.close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  FileCalls& calls_;
  int fd_;
};

bool write_at(FileCalls& calls, int fd, std::string_view bytes, size_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = calls.write_at(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<size_t>(count);
  }
  return true;
}

std::optional<std::string> read_all(FileCalls& calls, int fd) {
  std::string out;
  std::string chunk(kMaxChunk, '\0');
  for (;;) {
    const ssize_t count = calls.read_at(fd, chunk.data(), chunk.size(), static_cast<off_t>(out.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return out;
    out.append(chunk.data(), static_cast<size_t>(count));
  }
}

Status sync_directory_of(FileCalls& calls, const fs::path& path) {
  const fs::path directory = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  const OpenFile file(calls, directory, O_RDONLY | O_DIRECTORY);
  if (file.fd() < 0 || calls.sync(file.fd()) != 0) return os_error("flush the directory", directory);
  return {};
}

fs::path with_suffix(const fs::path& path, const char* suffix) { return fs::path(path.string() + suffix); }

std::string encode_header(LogId log) {
  ByteWriter out;
  out.raw(kMagic).u32(kFormatVersion).raw(view(log.uuid.bytes));
  return out.u32(crc32c(out.bytes())).take();
}

uint32_t record_crc(uint64_t number, std::string_view body) {
  ByteWriter out;
  out.u64(number).raw(body);
  return crc32c(out.bytes());
}

std::string encode_record(uint64_t number, const KeyRecord& record) {
  ByteWriter out;
  out.u8(static_cast<uint8_t>(record.name.kind)).u8(record.destroyed ? 1 : 0).raw(view(record.name.id.bytes));
  out.raw(view(record.destroyed ? Key{} : record.key));
  return out.u32(record_crc(number, out.bytes())).u16(kEndMark).take();
}

std::optional<KeyRecord> decode_record(uint64_t number, std::string_view bytes) {
  ByteReader in(bytes);
  KeyRecord out;
  const uint8_t kind = in.u8();
  const uint8_t destroyed = in.u8();
  out.name.id.bytes = in.array<16>();
  out.key = in.array<32>();
  const uint32_t crc = in.u32();
  if (in.u16() != kEndMark || !in.done()) return std::nullopt;
  if (crc != record_crc(number, bytes.substr(0, kRecordSize - 6))) return std::nullopt;
  if (kind < 1 || kind > 3 || destroyed > 1) return std::nullopt;
  out.name.kind = static_cast<KeyKind>(kind);
  out.destroyed = destroyed == 1;
  return out;
}

// A new file with everything in it, on disk; its name is not yet durable.
Status write_whole(FileCalls& calls, const fs::path& path, LogId log, std::span<const KeyRecord> records) {
  const OpenFile file(calls, path, O_WRONLY | O_CREAT | O_EXCL);
  if (file.fd() < 0) return os_error("create", path);
  std::string chunk = encode_header(log);
  size_t written = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    chunk += encode_record(i, records[i]);
    if (chunk.size() < kMaxChunk) continue;
    if (!write_at(calls, file.fd(), chunk, written)) return os_error("write", path);
    written += chunk.size();
    chunk.clear();
  }
  if (!write_at(calls, file.fd(), chunk, written) || calls.sync(file.fd()) != 0) return os_error("write", path);
  return {};
}

// Zeros over the content before the name goes, unless it is only a second name of the live file.
Status wipe(FileCalls& calls, const fs::path& path, const fs::path& live) {
  struct stat found {};
  struct stat kept {};
  if (::lstat(path.c_str(), &found) != 0) return errno == ENOENT ? Status() : Status(os_error("look at", path));
  const bool same = ::lstat(live.c_str(), &kept) == 0 && kept.st_ino == found.st_ino && kept.st_dev == found.st_dev;
  if (!same && S_ISREG(found.st_mode)) {
    const OpenFile file(calls, path, O_WRONLY);
    if (file.fd() < 0) return os_error("open", path);
    const std::string zeros(kMaxChunk, '\0');
    const size_t size = static_cast<size_t>(found.st_size);
    for (size_t offset = 0; offset < size; offset += kMaxChunk) {
      const size_t count = std::min(kMaxChunk, size - offset);
      if (!write_at(calls, file.fd(), std::string_view(zeros).substr(0, count), offset)) return os_error("overwrite", path);
    }
    if (calls.sync(file.fd()) != 0) return os_error("flush", path);
  }
  if (calls.unlink(path) != 0) return os_error("remove", path);
  return sync_directory_of(calls, path);
}

}  // namespace

Status KeyFile::create(const fs::path& path, LogId log, std::span<const KeyRecord> records, FileCalls& calls) {
  if (fs::exists(fs::symlink_status(path))) {
    return Error{ErrorCode::kConflict, fmt::format("The key file {} exists already.", path.string()), {}};
  }
  const fs::path fresh = with_suffix(path, ".new");
  if (Status status = write_whole(calls, fresh, log, records); !status) return status;
  if (calls.rename(fresh, path) != 0) return os_error("rename", fresh);
  return sync_directory_of(calls, path);
}

KeyFile::~KeyFile() {
  if (fd_ >= 0) calls_.close(fd_);
}

Result<std::vector<KeyRecord>> KeyFile::read() {
  for (int attempt = 0; attempt < kMaxReadAttempts; ++attempt) {
    OpenFile file(calls_, path_, access_ == KeyAccess::kWrite ? O_RDWR : O_RDONLY);
    if (file.fd() < 0 && errno == ENOENT) {
      return corrupt(fmt::format(
          "The key file {} is missing: if this installation was never finished, remove its directory and begin "
          "again; otherwise restore the vault from its backup.", path_.string()));
    }
    if (file.fd() < 0) return os_error("open", path_);
    const std::optional<std::string> bytes = read_all(calls_, file.fd());
    if (!bytes) return os_error("read", path_);
    // A writer may have replaced the file meanwhile, and then wiped what was read here.
    if (fd_ >= 0) calls_.close(fd_);
    fd_ = file.release();
    read_size_ = bytes->size();
    const Result<bool> replaced = was_replaced();
    if (!replaced) return replaced.error();
    if (*replaced && access_ == KeyAccess::kRead) continue;
    Result<std::vector<KeyRecord>> records = parse(*bytes);
    if (records && access_ == KeyAccess::kWrite && size_ < read_size_) {
      if (Status status = cut_end(); !status) return status.error();
    }
    return records;
  }
  return Error{ErrorCode::kUnavailable, fmt::format("The key file {} keeps changing; try again.", path_.string()), {}};
}

Result<std::vector<KeyRecord>> KeyFile::parse(std::string_view bytes) {
  const auto damaged = [this](size_t offset) {
    return corrupt(fmt::format("The key file {} is damaged at byte {}: restore the vault from its backup.",
                               path_.string(), offset));
  };
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kMagic)) return damaged(0);
  ByteReader in(bytes.substr(kMagic.size(), kHeaderSize - kMagic.size()));
  const uint32_t version = in.u32();
  const LogId log{Uuid{in.array<16>()}};
  if (in.u32() != crc32c(bytes.substr(0, kHeaderSize - 4))) return damaged(0);
  if (version > kFormatVersion) {
    return incompatible(fmt::format("The key file {} has format {}, this program reads up to {}: use a newer program.",
                                    path_.string(), version, kFormatVersion));
  }
  if (version != kFormatVersion) return damaged(kMagic.size());
  if (log != log_) {
    return incompatible(fmt::format("The key file {} belongs to log {}, not to {}: use the vault of this installation.",
                                    path_.string(), log.text(), log_.text()));
  }
  std::vector<KeyRecord> out;
  out.reserve((bytes.size() - kHeaderSize) / kRecordSize);
  size_t offset = kHeaderSize;
  for (; bytes.size() - offset >= kRecordSize; offset += kRecordSize) {
    const std::optional<KeyRecord> record = decode_record(out.size(), bytes.substr(offset, kRecordSize));
    if (!record) break;
    out.push_back(*record);
  }
  // The end of a file that grew without its data being written reads as zeros.
  const std::string_view rest = bytes.substr(offset);
  const size_t last = rest.find_last_not_of('\0');
  if (last != std::string_view::npos && last + 1 >= kRecordSize) return damaged(offset);
  size_ = offset;
  return out;
}

Status KeyFile::cut_end() {
  if (calls_.truncate(fd_, static_cast<off_t>(size_)) != 0 || calls_.sync(fd_) != 0) {
    broken_ = true;
    return os_error("cut the incomplete end off", path_);
  }
  read_size_ = size_;
  return {};
}

Result<bool> KeyFile::was_replaced() const {
  // The open descriptor keeps the inode's number from being given to another file.
  struct stat held {};
  struct stat named {};
  if (::fstat(fd_, &held) != 0 || ::stat(path_.c_str(), &named) != 0) return os_error("look at", path_);
  return held.st_ino != named.st_ino || held.st_dev != named.st_dev;
}

Result<bool> KeyFile::has_changed() const {
  struct stat held {};
  if (::fstat(fd_, &held) != 0) return os_error("look at", path_);
  if (static_cast<size_t>(held.st_size) != read_size_) return true;
  return was_replaced();
}

Status KeyFile::append(std::span<const KeyRecord> records) {
  CHECK(access_ == KeyAccess::kWrite && fd_ >= 0);
  if (broken_) return io_error(fmt::format("The key file {} failed before: restart the service.", path_.string()));
  const uint64_t first = (size_ - kHeaderSize) / kRecordSize;
  std::string bytes;
  for (size_t i = 0; i < records.size(); ++i) bytes += encode_record(first + i, records[i]);
  if (!write_at(calls_, fd_, bytes, size_)) {
    const Error error = os_error("write", path_);
    if (Status status = cut_end(); !status) return status;
    return error;
  }
  if (calls_.sync(fd_) != 0) {
    // After a failed flush the kernel may have dropped the pages: nothing here can be trusted any more.
    broken_ = true;
    return os_error("flush", path_);
  }
  size_ += bytes.size();
  read_size_ = size_;
  return {};
}

Status KeyFile::replace(std::span<const KeyRecord> records) {
  CHECK(access_ == KeyAccess::kWrite && fd_ >= 0);
  if (broken_) return io_error(fmt::format("The key file {} failed before: restart the service.", path_.string()));
  if (Status status = wipe_leftovers(); !status) return status;
  const fs::path fresh = with_suffix(path_, ".new");
  const fs::path former = with_suffix(path_, ".old");
  if (Status status = write_whole(calls_, fresh, log_, records); !status) return status;
  OpenFile file(calls_, fresh, O_RDWR);
  if (file.fd() < 0) return os_error("open", fresh);
  if (calls_.link(path_, former) != 0) return os_error("name the former key file", former);
  if (calls_.rename(fresh, path_) != 0) return os_error("rename", fresh);
  calls_.close(fd_);
  fd_ = file.release();
  size_ = kHeaderSize + records.size() * kRecordSize;
  read_size_ = size_;
  if (Status status = sync_directory_of(calls_, path_); !status) {
    broken_ = true;
    return status;
  }
  return {};
}

std::string KeyFile::failure() const {
  return broken_ ? fmt::format("The key file {} could not be flushed to disk", path_.string()) : std::string();
}

Status KeyFile::wipe_leftovers() {
  CHECK(access_ == KeyAccess::kWrite);
  if (Status status = wipe(calls_, with_suffix(path_, ".new"), path_); !status) return status;
  return wipe(calls_, with_suffix(path_, ".old"), path_);
}

}  // namespace civiclog
