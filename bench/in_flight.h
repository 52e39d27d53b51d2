#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

// A caller that keeps a number of things under way: as soon as one is answered, it sends the next. As the command handler does to
// the log, answers are only posted, from whatever thread they come on, and one thread sends: the caller's.

namespace civiclog {

struct InFlightReport {
  double seconds = 0;
  double cpu_seconds = 0;                // Of the whole process meanwhile.
  std::vector<uint32_t> microseconds;  // From sending to the answer, of each, ascending.

  double rate() const { return static_cast<double>(microseconds.size()) / seconds; }
  double cpu_microseconds_each() const { return cpu_seconds * 1e6 / static_cast<double>(microseconds.size()); }
  double milliseconds_at(double share) const;  // 0.5: the median.
};

// Sends number 0, 1, … `total` - 1. `send` begins one and returns; `answered` is to be called once, from any thread.
using Answered = std::function<void()>;
using Send = std::function<void(size_t number, Answered answered)>;
InFlightReport run_in_flight(size_t in_flight, size_t total, const Send& send);

}  // namespace civiclog
