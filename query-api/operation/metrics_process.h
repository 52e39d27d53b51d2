#pragma once

#include <cstdint>

namespace civiclog {

// What the operating system says of this process; 0 where it says nothing. From any thread.
struct ProcessFigures {
  double start_time_seconds = 0;  // Since 1970.
  double cpu_seconds = 0;         // Of all threads, in user and system mode.
  uint64_t resident_bytes = 0;
};

// Reads /proc/self (proc(5)) and getrusage(2).
ProcessFigures process_figures();

}  // namespace civiclog
