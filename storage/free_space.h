#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "base/result.h"

namespace rocksdb {
class Env;
}

namespace civiclog {

// What is under way when the limit is reached can still be finished: write buffers of 64 MiB in all (log 32, read models 24, vault 8)
// beside their write-ahead logs (16, 96 and 8 at most), and the tables of a compaction before those it replaces are gone.
inline constexpr uint64_t kMinFreeBytes = 256u << 20;
inline constexpr std::chrono::milliseconds kFreeSpaceAge{500};

// Whether there is room to write. A disk that is full to the last byte stops a store for good, until a restart; this stops the
// acceptance of new acts before, and they go on by themselves when there is room again. The file system is asked at most once in
// kFreeSpaceAge; if it does not answer, there is room: then the writing itself will tell.
//
// Threads: any.
class FreeSpace {
 public:
  // `on_change` is told when the limit is crossed, in either direction, with the bytes free; on the thread that noticed.
  using OnChange = std::function<void(bool is_low, uint64_t free_bytes)>;

  // A limit of 0 is never reached. `env` must outlive this; nullptr: the machine's own.
  FreeSpace(std::string directory, uint64_t min_bytes, rocksdb::Env* env = nullptr, OnChange on_change = {});

  // kUnavailable "disk_low" when there is less than the limit.
  Status check();
  bool is_low();
  uint64_t free_bytes();
  uint64_t min_bytes() const { return min_bytes_; }

 private:
  void look();

  const std::string directory_;
  const uint64_t min_bytes_;
  rocksdb::Env& env_;
  const OnChange on_change_;
  std::mutex mutex_;  // Held by the one who looks.
  std::atomic<std::chrono::steady_clock::time_point> next_look_{};
  std::atomic<uint64_t> free_bytes_{UINT64_MAX};
};

}  // namespace civiclog
