#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/load_client.h"
#include "bench/measure.h"

// civiclog_bench [door|reading|votes]…: those measurements, or all of them.

namespace civiclog {

double median(std::vector<double> values) {
  CHECK(!values.empty());
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double rate_of(uint16_t port, std::span<const std::string> requests, size_t connections, size_t total) {
  const Result<LoadReport> report = run_load(port, connections, requests, total);
  if (!report) fmt::print(stderr, "{}\n", report.error().message);
  CHECK(report.has_value());
  if (report->refused > 0) fmt::print(stderr, "{} refused: {}\n", report->refused, report->first_refusal);
  CHECK(report->refused == 0);
  return report->rate();
}

}  // namespace civiclog

int main(int count, char** arguments) {
  using namespace civiclog;
  const std::map<std::string_view, void (*)()> measurements = {
      {"door", measure_door}, {"reading", measure_reading}, {"votes", measure_votes}};
  std::vector<std::string_view> wanted(arguments + 1, arguments + count);
  for (const std::string_view name : wanted) {
    if (measurements.contains(name)) continue;
    fmt::print(stderr, "usage: civiclog_bench [door|reading|votes]...\n");
    return 2;
  }
  if (wanted.empty()) wanted = {"door", "reading", "votes"};
  for (const std::string_view name : wanted) measurements.at(name)();
  return 0;
}
