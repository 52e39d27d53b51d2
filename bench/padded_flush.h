#pragma once

#include <chrono>
#include <cstdint>

// Flushes of this process (fsync, fdatasync; RocksDB's too) that take at least a given time, so that a figure does not depend on
// how fast this machine's disk says it is done. The real flush is done within that time.

namespace civiclog {

// From any thread. 0 ends the padding: a flush is then nothing but the system call.
void pad_flushes_to(std::chrono::microseconds duration);

}  // namespace civiclog
