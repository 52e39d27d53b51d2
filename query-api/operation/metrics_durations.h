#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace civiclog {

// Upper bounds of the buckets, in seconds; above the last one there is one more, for long polls. A vote takes a few
// milliseconds.
inline constexpr std::array kDurationBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                               0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

// How long something took, counted by buckets. From any thread, without a lock: a few relaxed additions per observation, so
// a reader may see one in the count and not yet in the sum.
class Durations {
 public:
  struct Counts {
    std::array<uint64_t, kDurationBounds.size() + 1> in_bucket{};  // Not cumulative; the last is beyond all bounds.
    double sum_seconds = 0;
  };

  void observe(std::chrono::nanoseconds took);
  Counts counts() const;

 private:
  std::array<std::atomic<uint64_t>, kDurationBounds.size() + 1> in_bucket_{};
  std::atomic<uint64_t> sum_ns_{0};
};

}  // namespace civiclog
