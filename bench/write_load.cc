#include "bench/write_load.h"

#include <chrono>

#include <fmt/format.h>

#include "bench/padded_flush.h"

namespace civiclog {
namespace {

constexpr std::chrono::microseconds kFlush{1'000};
constexpr double kFlushesPerSecond = 1'000;

struct Level {
  size_t in_flight;
  size_t total;
};
constexpr std::array kLevels = {Level{1, 1'500}, Level{8, 8'000}, Level{64, 40'000}, Level{256, 80'000}};
constexpr size_t kTotalOfTiny = 300;

struct Figures {
  Rounds rates, medians, slowest, processor;

  void add(const InFlightReport& report) {
    rates.push_back(report.rate());
    medians.push_back(report.milliseconds_at(0.5));
    slowest.push_back(report.milliseconds_at(0.99));
    processor.push_back(report.cpu_microseconds_each());
  }
  void print(size_t in_flight, std::string_view shape) const {
    const std::string name = fmt::format("{} in flight, {}", in_flight, shape);
    const Rounds bound(rates.size(), static_cast<double>(in_flight) * kFlushesPerSecond);
    print_rate(name, rates);
    print_row(name + ": p50", medians, 2, " ms");
    print_row(name + ": p99", slowest, 2, " ms");
    print_row(name + ": processor time each", processor, 1, " µs");
    print_ratio(name + ": of in flight / flush time", ratio_of(rates, bound));
  }
};

}  // namespace

void measure_write_load(const Bench& bench, const PrepareRound& prepare) {
  for (const Level& level : kLevels) {
    const size_t total = bench.of(level.total, kTotalOfTiny);
    Figures spread, hot;
    for (size_t round = 0; round < bench.rounds(); ++round) {
      for (const Shape shape : {Shape::kSpread, Shape::kHot}) {
        const Send send = prepare(shape, total);
        pad_flushes_to(kFlush);
        const InFlightReport report = run_in_flight(level.in_flight, total, send);
        pad_flushes_to(std::chrono::microseconds(0));
        (shape == Shape::kSpread ? spread : hot).add(report);
      }
    }
    spread.print(level.in_flight, "spread");
    hot.print(level.in_flight, "hot");
    print_ratio(fmt::format("{} in flight: hot / spread", level.in_flight), ratio_of(hot.rates, spread.rates));
  }
}

}  // namespace civiclog
