#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

// A load generator for HTTP servers on 127.0.0.1: one thread, many keep-alive connections, on each one request under way at a
// time. The requests are made beforehand, so that making them costs no time of the run.

namespace civiclog {

inline constexpr std::chrono::seconds kMaxLoadTime{300};
inline constexpr size_t kMaxLoadConnections = 1'000;

struct LoadReport {
  size_t answered = 0;
  size_t refused = 0;           // Of the answered: with a status that is no 2xx.
  std::string first_refusal;    // The head and the body of one of them.
  double seconds = 0;
  std::vector<uint32_t> microseconds;  // Of each request, ascending.

  double rate() const { return static_cast<double>(answered) / seconds; }
  double milliseconds_at(double share) const;  // 0.5: the median.
};

// Sends `requests` in order, over and over, until `total` are answered. kIo when a connection fails, kUnavailable when the run
// takes longer than kMaxLoadTime.
Result<LoadReport> run_load(uint16_t port, size_t connections, std::span<const std::string> requests, size_t total);

}  // namespace civiclog
