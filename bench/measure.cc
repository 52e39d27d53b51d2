#include "bench/measure.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/load_client.h"
#include "replay-tools/progress.h"

namespace civiclog {
namespace {

constexpr double kGrouped = 1'000;

std::string number(double value, int decimals) {
  if (decimals == 0 && value >= kGrouped) return grouped(static_cast<uint64_t>(std::llround(value)));
  return fmt::format("{:.{}f}", value, decimals);
}

void print(std::string_view what, const Rounds& values, int decimals, std::string_view unit, std::string_view mark) {
  const auto [least, most] = std::ranges::minmax(values);
  const std::string range = values.size() > 1 ? fmt::format("{}-{}", number(least, decimals), number(most, decimals)) : "";
  fmt::print("| {2}{0}{2} | {2}{1}{3}{2} | {4} |\n", what, number(median(values), decimals), mark, unit, range);
  std::fflush(stdout);
}

}  // namespace

double median(Rounds values) {
  CHECK(!values.empty());
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void print_row(std::string_view what, const Rounds& values, int decimals, std::string_view unit) {
  print(what, values, decimals, unit, "");
}

void print_rate(std::string_view what, const Rounds& per_second) { print(what, per_second, 0, "/s", ""); }

void print_ratio(std::string_view what, const Rounds& ratios) { print(what, ratios, 2, "", "**"); }

Rounds ratio_of(const Rounds& above, const Rounds& below) {
  CHECK(above.size() == below.size());
  Rounds out;
  for (size_t i = 0; i < above.size(); ++i) out.push_back(above[i] / below[i]);
  return out;
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
