#include "tests/support/faulty_disk.h"

#include <rocksdb/env.h>

#include "base/check.h"
#include "tests/support/faulty_file_calls.h"
#include "tests/support/faulty_file_system.h"

namespace civiclog {
namespace {

const char* name_of(DiskCall call) {
  switch (call) {
    case DiskCall::kCreate: return "making";
    case DiskCall::kOpenToWrite: return "opening";
    case DiskCall::kOpenToRead: return "opening to read";
    case DiskCall::kWrite: return "writing";
    case DiskCall::kSync: return "sync";
    case DiskCall::kSyncDirectory: return "sync of the directory";
    case DiskCall::kFlush: return "flush";
    case DiskCall::kClose: return "closing";
    case DiskCall::kRename: return "moving";
    case DiskCall::kRemove: return "removing";
    case DiskCall::kLink: return "linking";
    case DiskCall::kTruncate: return "cutting";
    case DiskCall::kRead: return "reading";
  }
  CHECK(false);
}

bool is_sync(DiskCall call) { return call == DiskCall::kSync || call == DiskCall::kSyncDirectory; }
bool is_reading(DiskCall call) { return call == DiskCall::kRead || call == DiskCall::kOpenToRead; }
bool takes_space(DiskCall call) { return call == DiskCall::kCreate || call == DiskCall::kWrite || call == DiskCall::kLink; }

bool can_hit(FaultKind kind, DiskCall call) {
  switch (kind) {
    case FaultKind::kFailedSync: return is_sync(call) || call == DiskCall::kFlush || call == DiskCall::kClose;
    case FaultKind::kFailedName:
      return call == DiskCall::kCreate || call == DiskCall::kOpenToWrite || call == DiskCall::kRename || call == DiskCall::kRemove ||
             call == DiskCall::kLink || call == DiskCall::kTruncate;
    case FaultKind::kShortWrite: return call == DiskCall::kWrite;
    case FaultKind::kNoSpace: return takes_space(call);
    case FaultKind::kReadError: return is_reading(call);
    case FaultKind::kLyingSync: return is_sync(call);
    case FaultKind::kPowerCut: return !is_reading(call) && call != DiskCall::kFlush;
  }
  CHECK(false);
}

}  // namespace

const char* name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kFailedSync: return "failed sync";
    case FaultKind::kFailedName: return "failed name";
    case FaultKind::kShortWrite: return "short write";
    case FaultKind::kNoSpace: return "no space";
    case FaultKind::kReadError: return "read error";
    case FaultKind::kLyingSync: return "lying sync";
    case FaultKind::kPowerCut: return "power cut";
  }
  CHECK(false);
}

FaultyDisk::FaultyDisk(const std::filesystem::path& aside)
    : changes_(aside),
      env_(rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(*this))),
      file_calls_(std::make_unique<FaultyFileCalls>(*this)) {}

FaultyDisk::~FaultyDisk() = default;

void FaultyDisk::plan(FaultKind kind, uint64_t number, std::function<bool(const std::string&)> paths) {
  const std::scoped_lock lock(mutex_);
  plan_ = {kind, number, std::move(paths)};
  calls_.clear();
  fired_.clear();
  is_full_ = is_off_ = false;
  lying_directories_.clear();
}

uint64_t FaultyDisk::calls(FaultKind kind) const {
  const std::scoped_lock lock(mutex_);
  const auto found = calls_.find(kind);
  return found == calls_.end() ? 0 : found->second;
}

std::string FaultyDisk::fired() const {
  const std::scoped_lock lock(mutex_);
  return fired_;
}

void FaultyDisk::repair() {
  const std::scoped_lock lock(mutex_);
  plan_ = {};
  is_full_ = is_off_ = false;
  lying_directories_.clear();
}

void FaultyDisk::power_loss(std::mt19937* luck) {
  repair();
  const std::scoped_lock lock(mutex_);
  changes_.lose(luck);
}

void FaultyDisk::set_free_bytes(std::optional<uint64_t> bytes) {
  const std::scoped_lock lock(mutex_);
  free_bytes_ = bytes;
}

std::optional<uint64_t> FaultyDisk::free_bytes() const {
  const std::scoped_lock lock(mutex_);
  return free_bytes_;
}

FaultyDisk::Verdict FaultyDisk::ask(DiskCall call, const std::filesystem::path& path) {
  if (is_off_) return Verdict::kFail;
  if (is_full_ && takes_space(call)) return Verdict::kNoSpace;
  if (plan_.paths && !plan_.paths(path.string())) return Verdict::kGo;
  for (const FaultKind kind : kFaultKinds) calls_[kind] += can_hit(kind, call) ? 1 : 0;
  if (!can_hit(plan_.kind, call) || calls_[plan_.kind] != plan_.number) return Verdict::kGo;
  fired_ = std::string(name_of(call)) + " " + path.string();
  switch (plan_.kind) {
    case FaultKind::kFailedSync:
    case FaultKind::kFailedName:
    case FaultKind::kReadError: return Verdict::kFail;
    case FaultKind::kShortWrite: return Verdict::kFailHalfWay;
    case FaultKind::kNoSpace: is_full_ = true; return Verdict::kNoSpace;
    case FaultKind::kLyingSync: return Verdict::kLie;
    case FaultKind::kPowerCut: is_off_ = true; return Verdict::kFailHalfWay;
  }
  CHECK(false);
}

void FaultyDisk::sync(UnsyncedChanges::File& file, Verdict verdict) {
  if (verdict == Verdict::kGo) UnsyncedChanges::sync(file);
  else file.never_syncs = true;
}

void FaultyDisk::sync_directory(const std::filesystem::path& directory, Verdict verdict) {
  if (verdict == Verdict::kLie) lying_directories_.insert(directory);
  if (verdict == Verdict::kGo && !lying_directories_.contains(directory)) changes_.sync_directory(directory);
}

}  // namespace civiclog
