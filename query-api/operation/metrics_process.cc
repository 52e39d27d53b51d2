#include "query-api/operation/metrics_process.h"

#include <fstream>
#include <limits>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace civiclog {
namespace {

// proc(5): the 22nd field of /proc/self/stat, in clock ticks after the boot. The 2nd is a name in parentheses that may itself
// hold anything.
uint64_t start_ticks() {
  std::ifstream stat("/proc/self/stat");
  stat.ignore(std::numeric_limits<std::streamsize>::max(), ')');
  std::string word;
  for (int field = 3; field < 22; ++field) stat >> word;
  uint64_t ticks = 0;
  stat >> ticks;
  return ticks;
}

uint64_t boot_time() {
  std::ifstream stat("/proc/stat");
  std::string word;
  while (stat >> word) {
    uint64_t seconds = 0;
    if (word == "btime" && stat >> seconds) return seconds;
  }
  return 0;
}

double start_time() {
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const uint64_t boot = boot_time();
  return boot == 0 ? 0 : static_cast<double>(boot) + static_cast<double>(start_ticks()) / ticks_per_second;
}

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

}  // namespace

ProcessFigures process_figures() {
  static const double started = start_time();
  ProcessFigures figures;
  figures.start_time_seconds = started;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) figures.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  if (statm >> total >> resident) figures.resident_bytes = resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return figures;
}

}  // namespace civiclog
