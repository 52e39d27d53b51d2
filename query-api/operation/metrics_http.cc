#include "query-api/operation/metrics_http.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace civiclog {
namespace {

size_t place_of(int status) {
  const auto found = std::ranges::lower_bound(kCountedStatuses, status);
  if (found == std::end(kCountedStatuses) || *found != status) return place_of(500);
  return static_cast<size_t>(found - std::begin(kCountedStatuses));
}

}  // namespace

HttpMetrics::HttpMetrics(std::vector<std::string> patterns)
    : patterns_(std::move(patterns)), cells_(std::make_unique<Cell[]>((patterns_.size() + 1) * kMethods)) {}

void HttpMetrics::count(std::optional<size_t> route, Method method, int status, std::chrono::nanoseconds took) {
  const size_t row = route.value_or(patterns_.size());
  CHECK(row <= patterns_.size());
  Cell& cell = cells_[row * kMethods + static_cast<size_t>(method)];
  cell.by_status[place_of(status)].fetch_add(1, std::memory_order_relaxed);
  cell.durations.observe(took);
}

std::vector<HttpMetrics::Row> HttpMetrics::rows() const {
  std::vector<Row> out;
  for (size_t i = 0; i < (patterns_.size() + 1) * kMethods; ++i) {
    const size_t route = i / kMethods;
    Row row{route < patterns_.size() ? std::string_view(patterns_[route]) : kNoPattern, kAllMethods[i % kMethods], {}, {}};
    for (size_t place = 0; place < cells_[i].by_status.size(); ++place) {
      const uint64_t count = cells_[i].by_status[place].load(std::memory_order_relaxed);
      if (count > 0) row.by_status.emplace_back(kCountedStatuses[place], count);
    }
    if (row.by_status.empty()) continue;
    row.durations = cells_[i].durations.counts();
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace civiclog
