#pragma once

#include <chrono>

// How long something takes: by the clock, and by all processors together (user and system, of every thread of this process), which
// counts on a machine that has other work. One thread.

namespace civiclog {

// Of the whole process, so far.
double cpu_seconds_so_far();

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }
  double cpu_seconds() const { return cpu_seconds_so_far() - cpu_began_; }

 private:
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const double cpu_began_ = cpu_seconds_so_far();
};

}  // namespace civiclog
