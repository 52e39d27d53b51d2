#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/door/http_request.h"
#include "query-api/operation/metrics_durations.h"

// Answers counted by the pattern of their route, method and status. Never by what was in the address: the set of
// counters is made once, when all routes are known, and a stranger cannot make it grow.
//
// Threads: construction by one; afterwards everything from any, without a lock.

namespace civiclog {

// Answers to requests that no route takes; the pattern of every other counter begins with "/".
inline constexpr std::string_view kNoPattern = "none";

// 0 is for answers that nobody was given: the client had left, or the time for the answer had ended. Any other status than these
// is counted as 500.
inline constexpr int kCountedStatuses[] = {0,   200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404,
                                           405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 425, 428,
                                           429, 431, 500, 501, 502, 503, 504, 505};

class HttpMetrics {
 public:
  // By the number of their route, see Router::patterns().
  explicit HttpMetrics(std::vector<std::string> patterns);

  // `route` nullopt: none takes the request.
  void count(std::optional<size_t> route, Method method, int status, std::chrono::nanoseconds took);

  struct Row {
    std::string_view pattern;
    Method method;
    std::vector<std::pair<int, uint64_t>> by_status;  // Those that occurred.
    Durations::Counts durations;
  };
  // Of what has occurred at least once.
  std::vector<Row> rows() const;

 private:
  static constexpr size_t kMethods = std::size(kAllMethods);
  struct Cell {
    std::array<std::atomic<uint64_t>, std::size(kCountedStatuses)> by_status{};
    Durations durations;
  };

  const std::vector<std::string> patterns_;
  const std::unique_ptr<Cell[]> cells_;  // By route, then method; those of no route at the end.
};

}  // namespace civiclog
