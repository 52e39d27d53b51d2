#include "bench/stopwatch.h"

#include <sys/resource.h>

#include "base/check.h"

namespace civiclog {
namespace {

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

}  // namespace

double cpu_seconds_so_far() {
  rusage usage{};
  CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

}  // namespace civiclog
