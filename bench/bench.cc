#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/measure.h"

// civiclog_bench [--tiny] [MEASUREMENT…]: those measurements, or all of them.

namespace civiclog {
namespace {

struct Measurement {
  std::string_view name;
  void (*run)(Bench&);
};

constexpr std::array kMeasurements = {
    Measurement{"append", measure_append},   Measurement{"commands", measure_commands}, Measurement{"votes", measure_votes},
    Measurement{"lag", measure_lag},         Measurement{"door", measure_door},         Measurement{"reading", measure_reading},
    Measurement{"as-of", measure_as_of},     Measurement{"generate", measure_generate}, Measurement{"rebuild", measure_rebuild},
    Measurement{"verify", measure_verify},   Measurement{"disk", measure_disk},         Measurement{"polis", measure_polis},
};

int usage() {
  fmt::print(stderr, "usage: civiclog_bench [--tiny] [MEASUREMENT...]\nmeasurements:");
  for (const Measurement& each : kMeasurements) fmt::print(stderr, " {}", each.name);
  fmt::print(stderr, "\n");
  return 2;
}

void run(const Measurement& measurement, Bench& bench) {
  fmt::print("\n### {0}\n\n`civiclog_bench {0}`\n\n| what | median | range |\n|---|---:|---:|\n", measurement.name);
  measurement.run(bench);
}

}  // namespace
}  // namespace civiclog

int main(int count, char** arguments) {
  using namespace civiclog;
  std::vector<std::string_view> wanted(arguments + 1, arguments + count);
  const bool tiny = std::erase(wanted, "--tiny") > 0;
  std::vector<Measurement> chosen;
  for (const std::string_view name : wanted) {
    const auto found = std::ranges::find(kMeasurements, name, &Measurement::name);
    if (found == kMeasurements.end()) return usage();
    chosen.push_back(*found);
  }
  if (chosen.empty()) chosen.assign(kMeasurements.begin(), kMeasurements.end());
  Bench bench{tiny};
  for (const Measurement& measurement : chosen) run(measurement, bench);
  return 0;
}
