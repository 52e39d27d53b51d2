#include <fmt/format.h>

#include "base/check.h"
#include "bench/ballot_load.h"
#include "bench/load_client.h"
#include "bench/measure.h"
#include "bench/padded_flush.h"

namespace civiclog {
namespace {

constexpr size_t kVotes = 30'000;
constexpr size_t kVotesOfTiny = 300;
constexpr std::chrono::microseconds kFlush{1'000};

struct Figures {
  Rounds rates, medians, slowest, per_flush;

  void print(std::string_view name) const {
    print_rate(fmt::format("votes over HTTP, {}", name), rates);
    print_row(fmt::format("votes, {}: p50", name), medians, 1, " ms");
    print_row(fmt::format("votes, {}: p99", name), slowest, 1, " ms");
    print_row(fmt::format("votes, {}: per flush", name), per_flush, 0);
  }
};

void round(Service& service, const std::vector<std::string>& votes, Figures& figures) {
  const RocksLogStats before = service.installation().log().stats();
  const Result<LoadReport> report = run_load(service.port(), BallotLoad::kConnections, votes, votes.size());
  CHECK(report.has_value());
  if (report->refused > 0) fmt::print(stderr, "refused: {}\n", report->first_refusal);
  CHECK(report->refused == 0);
  const RocksLogStats after = service.installation().log().stats();
  CHECK(after.commits - before.commits == votes.size());
  figures.rates.push_back(report->rate());
  figures.medians.push_back(report->milliseconds_at(0.5));
  figures.slowest.push_back(report->milliseconds_at(0.99));
  figures.per_flush.push_back(static_cast<double>(votes.size()) / static_cast<double>(after.flushes - before.flushes));
  service.catch_up();
}

}  // namespace

void measure_votes(Bench& bench) {
  BallotLoad load(bench);
  const size_t votes = bench.of(kVotes, kVotesOfTiny);
  Figures warm_up, hot, spread;
  round(load.service(), load.on_hot(votes), warm_up);
  round(load.service(), load.on_all(votes), warm_up);
  pad_flushes_to(kFlush);
  for (size_t i = 0; i < bench.rounds(); ++i) {
    round(load.service(), load.on_hot(votes), hot);
    round(load.service(), load.on_all(votes), spread);
  }
  pad_flushes_to(std::chrono::microseconds(0));
  hot.print("one hot contribution");
  spread.print("spread over 1,000 in 50 topics");
  print_ratio("votes: hot / spread", ratio_of(hot.rates, spread.rates));
}

}  // namespace civiclog
