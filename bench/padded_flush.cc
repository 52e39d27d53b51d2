#include "bench/padded_flush.h"

#include <atomic>
#include <thread>

#include <sys/syscall.h>
#include <unistd.h>

namespace civiclog {
namespace {

std::atomic<int64_t> padding_us = 0;

int padded(long call, int descriptor) {
  const int64_t padding = padding_us.load(std::memory_order_relaxed);
  if (padding == 0) return static_cast<int>(::syscall(call, descriptor));
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(padding);
  const long result = ::syscall(call, descriptor);
  std::this_thread::sleep_until(end);
  return static_cast<int>(result);
}

}  // namespace

void pad_flushes_to(std::chrono::microseconds duration) { padding_us = duration.count(); }

}  // namespace civiclog

// The program's own definitions come before the C library's, also for the calls of shared libraries.
extern "C" int fsync(int descriptor) { return civiclog::padded(SYS_fsync, descriptor); }
extern "C" int fdatasync(int descriptor) { return civiclog::padded(SYS_fdatasync, descriptor); }
