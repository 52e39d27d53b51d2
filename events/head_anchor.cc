#include "events/head_anchor.h"

#include <array>

#include <fmt/format.h>
#include <rocksdb/env.h>

#include "events/log_store.h"

namespace civiclog {
namespace {

constexpr std::string_view kMagic = "CVHA";
constexpr uint32_t kFormat = 1;
constexpr size_t kSlotSize = 40;
constexpr size_t kSlotDistance = 4'096;
constexpr size_t kSlots = 2;

std::string path_in(const std::string& directory) { return directory + "/head"; }

std::string encode_slot(LogId log, HeadMark mark) {
  ByteWriter out;
  out.raw(kMagic).u32(kFormat).raw(view(log.uuid.bytes)).u64(mark.position.value).u32(mark.event_checksum);
  return out.u32(crc32c(out.bytes())).take();
}

struct Slot {
  uint32_t format = 0;
  LogId log;
  HeadMark mark;
};

// nullopt for a torn or damaged slot.
std::optional<Slot> decode_slot(std::string_view bytes) {
  if (bytes.size() != kSlotSize || !bytes.starts_with(kMagic)) return std::nullopt;
  ByteReader in(bytes.substr(kMagic.size()));
  Slot slot;
  slot.format = in.u32();
  slot.log.uuid.bytes = in.array<16>();
  slot.mark.position.value = in.u64();
  slot.mark.event_checksum = in.u32();
  return in.u32() == crc32c(bytes.substr(0, kSlotSize - 4)) ? std::optional(slot) : std::nullopt;
}

struct Found {
  Slot slot;
  size_t index = 0;
};

Result<Found> read_slots(rocksdb::Env& env, const std::string& path, std::optional<LogId> log) {
  std::unique_ptr<rocksdb::RandomAccessFile> file;
  if (const auto status = env.NewRandomAccessFile(path, &file, rocksdb::EnvOptions()); !status.ok()) {
    return store_error(status, fmt::format("Could not open {}", path));
  }
  std::optional<Found> found;
  for (size_t index = 0; index < kSlots; ++index) {
    std::array<char, kSlotSize> buffer;
    rocksdb::Slice bytes;
    const auto status = file->Read(index * kSlotDistance, kSlotSize, &bytes, buffer.data());
    if (!status.ok()) return store_error(status, fmt::format("Could not read {}", path));
    const std::optional<Slot> slot = decode_slot(bytes.ToStringView());
    if (slot && (!found || slot->mark.position > found->slot.mark.position)) found = Found{*slot, index};
  }
  if (!found) return corrupt(fmt::format("The head file {} is damaged: {}", path, kHeadAdvice));
  if (found->slot.format > kFormat) {
    return incompatible(fmt::format("The head file {} has format {}, this program reads up to {}: use a newer civiclog.",
                                    path, found->slot.format, kFormat));
  }
  if (log && found->slot.log != *log) {
    return incompatible(fmt::format("The head file {} belongs to log {}, not to {}: restore this log from its own backup.",
                                    path, found->slot.log.text(), log->text()));
  }
  return *found;
}

}  // namespace

HeadMark mark_of(const StoredEvent& event) {
  ByteReader in(std::string_view(event.bytes).substr(event.bytes.size() - 4));
  return {event.envelope.position, in.u32()};
}

Status HeadAnchor::create(rocksdb::Env& env, const std::string& directory, LogId log, HeadMark mark) {
  const std::string path = path_in(directory);
  const std::string fresh = path + ".new";
  const std::string slot = encode_slot(log, mark);
  const std::string both = slot + std::string(kSlotDistance - slot.size(), '\0') + slot;
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.NewWritableFile(fresh, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Append(both);
  if (status.ok()) status = file->Fsync();
  if (status.ok()) status = file->Close();
  if (status.ok()) status = env.RenameFile(fresh, path);
  std::unique_ptr<rocksdb::Directory> holder;
  if (status.ok()) status = env.NewDirectory(directory, &holder);
  if (status.ok()) status = holder->Fsync();
  if (!status.ok()) return store_error(status, fmt::format("Could not write {}", path));
  return {};
}

bool HeadAnchor::exists(rocksdb::Env& env, const std::string& directory) { return env.FileExists(path_in(directory)).ok(); }

Result<HeadMark> HeadAnchor::read(rocksdb::Env& env, const std::string& directory, std::optional<LogId> log) {
  const Result<Found> found = read_slots(env, path_in(directory), log);
  if (!found) return found.error();
  return found->slot.mark;
}

Result<std::unique_ptr<HeadAnchor>> HeadAnchor::open(rocksdb::Env& env, const std::string& directory, LogId log) {
  const std::string path = path_in(directory);
  const Result<Found> found = read_slots(env, path, log);
  if (!found) return found.error();
  std::unique_ptr<rocksdb::RandomRWFile> file;
  if (const auto status = env.NewRandomRWFile(path, &file, rocksdb::EnvOptions()); !status.ok()) {
    return store_error(status, fmt::format("Could not open {}", path));
  }
  return std::unique_ptr<HeadAnchor>(new HeadAnchor(log, path, std::move(file), (found->index + 1) % kSlots));
}

HeadAnchor::HeadAnchor(LogId log, std::string path, std::unique_ptr<rocksdb::RandomRWFile> file, size_t next_slot)
    : log_(log), path_(std::move(path)), file_(std::move(file)), next_slot_(next_slot) {}

HeadAnchor::~HeadAnchor() = default;

Status HeadAnchor::write(HeadMark mark) {
  const auto status = file_->Write(next_slot_ * kSlotDistance, encode_slot(log_, mark));
  if (!status.ok()) return store_error(status, fmt::format("Could not write {}", path_));
  next_slot_ = (next_slot_ + 1) % kSlots;
  needs_sync_ = true;
  return {};
}

Status HeadAnchor::sync() {
  if (!needs_sync_) return {};
  if (const auto status = file_->Sync(); !status.ok()) return store_error(status, fmt::format("Could not flush {}", path_));
  needs_sync_ = false;
  return {};
}

}  // namespace civiclog
