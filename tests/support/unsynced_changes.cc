#include "tests/support/unsynced_changes.h"

#include <algorithm>
#include <fstream>

#include "base/check.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

std::string read_part(const fs::path& path, uint64_t offset, uint64_t size) {
  std::ifstream in(path, std::ios::binary);
  std::string out(size, '\0');
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(out.data(), static_cast<std::streamsize>(size));
  out.resize(static_cast<size_t>(in.gcount()));
  return out;
}

}  // namespace

UnsyncedChanges::UnsyncedChanges(fs::path aside) : aside_(std::move(aside)) { fs::create_directories(aside_); }

UnsyncedChanges::~UnsyncedChanges() {
  std::error_code ignored;
  fs::remove_all(aside_, ignored);
}

UnsyncedChanges::FilePointer UnsyncedChanges::file(const fs::path& path) {
  FilePointer& known = files_[path];
  if (!known) {
    known = std::make_shared<File>();
    known->size = known->synced_size = size_of(path);
  }
  return known;
}

fs::path UnsyncedChanges::put_aside(const fs::path& path, bool keep_name) {
  if (!is_there(path)) return {};
  const fs::path aside = aside_ / std::to_string(++asides_);
  if (keep_name) fs::create_hard_link(path, aside);
  else fs::rename(path, aside);
  return aside;
}

UnsyncedChanges::FilePointer UnsyncedChanges::create(const fs::path& path) {
  if (is_there(path)) {
    const FilePointer before = file(path);
    changes_.push_back({Kind::kRemoved, path, {}, put_aside(path, false), before});
  }
  return created(path);
}

UnsyncedChanges::FilePointer UnsyncedChanges::created(const fs::path& path) {
  changes_.push_back({Kind::kCreated, path, {}, {}, {}});
  return files_[path] = std::make_shared<File>();
}

void UnsyncedChanges::remove(const fs::path& path) {
  if (!is_there(path) || fs::is_directory(path)) return;
  const FilePointer before = file(path);
  changes_.push_back({Kind::kRemoved, path, {}, put_aside(path, true), before});
  files_.erase(path);
}

void UnsyncedChanges::rename(const fs::path& from, const fs::path& to) {
  if (!is_there(from) || fs::is_directory(from)) return;
  const FilePointer moved = file(from);
  const FilePointer before = is_there(to) ? file(to) : nullptr;
  changes_.push_back({Kind::kRenamed, from, to, put_aside(to, true), before});
  files_.erase(from);
  files_[to] = moved;
}

void UnsyncedChanges::link(const fs::path& from, const fs::path& to) {
  files_[to] = file(from);
  changes_.push_back({Kind::kCreated, to, {}, {}, {}});
}

void UnsyncedChanges::write(File& file, const fs::path& path, uint64_t offset, uint64_t size) {
  if (offset < file.synced_size) {
    const uint64_t end = std::min(offset + size, file.synced_size);
    file.overwritten.push_back({offset, read_part(path, offset, end - offset)});
  }
  file.size = std::max(file.size, offset + size);
}

void UnsyncedChanges::truncate(File& file, const fs::path& path, uint64_t size) {
  if (size < file.synced_size) file.overwritten.push_back({size, read_part(path, size, file.synced_size - size)});
  file.size = size;
}

void UnsyncedChanges::sync(File& file) {
  if (file.never_syncs) return;
  file.synced_size = file.size;
  file.overwritten.clear();
}

void UnsyncedChanges::sync_directory(const fs::path& directory) {
  std::erase_if(changes_, [&](const Change& change) {
    if (change.path.parent_path() != directory) return false;
    if (!change.aside.empty()) fs::remove(change.aside);
    return true;
  });
}

void UnsyncedChanges::lose_bytes(const File& file, const fs::path& path, std::mt19937* luck) {
  if (!is_there(path)) return;
  uint64_t kept = file.synced_size;
  const uint64_t now = size_of(path);
  if (luck != nullptr && now > kept) kept += (*luck)() % (now - kept + 1);
  for (auto change = file.overwritten.rbegin(); change != file.overwritten.rend(); ++change) {
    if (luck != nullptr && (*luck)() % 2 == 0) continue;
    std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(change->offset));
    out.write(change->before.data(), static_cast<std::streamsize>(change->before.size()));
    CHECK(out.flush());
  }
  if (size_of(path) > kept) fs::resize_file(path, kept);
}

void UnsyncedChanges::undo(const Change& change) {
  switch (change.kind) {
    case Kind::kCreated: fs::remove(change.path); break;
    case Kind::kRemoved: fs::rename(change.aside, change.path); break;
    case Kind::kRenamed:
      if (is_there(change.to)) fs::rename(change.to, change.path);
      if (!change.aside.empty()) fs::rename(change.aside, change.to);
      break;
  }
}

void UnsyncedChanges::lose(std::mt19937* luck) {
  for (const auto& [path, file] : files_) lose_bytes(*file, path, luck);
  for (const Change& change : changes_) {
    if (!change.aside.empty()) lose_bytes(*change.file, change.aside, luck);
  }
  const size_t kept = luck != nullptr ? (*luck)() % (changes_.size() + 1) : 0;
  for (size_t i = changes_.size(); i > kept; --i) undo(changes_[i - 1]);
  for (size_t i = 0; i < kept; ++i) {
    if (!changes_[i].aside.empty()) fs::remove(changes_[i].aside);
  }
  changes_.clear();
  files_.clear();
}

}  // namespace civiclog
