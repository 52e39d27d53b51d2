#include "storage/free_space.h"

#include <utility>

#include <rocksdb/env.h>

namespace civiclog {

FreeSpace::FreeSpace(std::string directory, uint64_t min_bytes, rocksdb::Env* env, OnChange on_change)
    : directory_(std::move(directory)),
      min_bytes_(min_bytes),
      env_(env != nullptr ? *env : *rocksdb::Env::Default()),
      on_change_(std::move(on_change)) {}

void FreeSpace::look() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;  // Somebody is looking; the last answer is as good.
  next_look_ = now + kFreeSpaceAge;
  uint64_t bytes = 0;
  if (!env_.GetFreeSpace(directory_, &bytes).ok()) bytes = UINT64_MAX;
  const bool was_low = free_bytes_.exchange(bytes) < min_bytes_;
  const bool is_low = bytes < min_bytes_;
  if (on_change_ && was_low != is_low) on_change_(is_low, bytes);
}

uint64_t FreeSpace::free_bytes() {
  look();
  return free_bytes_;
}

bool FreeSpace::is_low() { return min_bytes_ > 0 && free_bytes() < min_bytes_; }

Status FreeSpace::check() {
  if (!is_low()) return {};
  return Error{ErrorCode::kUnavailable,
               "The disk is nearly full, so no acts are taken at this moment; nothing was written, try again later with the same key.",
               "disk_low"};
}

}  // namespace civiclog
