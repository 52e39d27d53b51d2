#include "query-api/operation/metrics_durations.h"

#include <algorithm>

namespace civiclog {

void Durations::observe(std::chrono::nanoseconds took) {
  const auto ns = static_cast<uint64_t>(std::max<int64_t>(took.count(), 0));
  const double seconds = static_cast<double>(ns) / 1e9;
  const auto bound = std::lower_bound(kDurationBounds.begin(), kDurationBounds.end(), seconds);
  in_bucket_[static_cast<size_t>(bound - kDurationBounds.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(ns, std::memory_order_relaxed);
}

Durations::Counts Durations::counts() const {
  Counts out;
  for (size_t i = 0; i < out.in_bucket.size(); ++i) out.in_bucket[i] = in_bucket_[i].load(std::memory_order_relaxed);
  out.sum_seconds = static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
  return out;
}

}  // namespace civiclog
