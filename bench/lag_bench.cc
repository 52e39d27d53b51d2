#include <algorithm>
#include <thread>

#include "base/check.h"
#include "bench/ballot_load.h"
#include "bench/load_client.h"
#include "bench/measure.h"
#include "bench/padded_flush.h"
#include "bench/stopwatch.h"

namespace civiclog {
namespace {

constexpr size_t kVotes = 90'000;
constexpr size_t kVotesOfTiny = 600;
constexpr std::chrono::microseconds kFlush{1'000};
constexpr std::chrono::seconds kMaxLag{120};
constexpr std::string_view kProjection = "contributions";

double at_share(Rounds values, double share) {
  CHECK(!values.empty());
  std::ranges::sort(values);
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

struct Lag {
  Rounds events;         // Acknowledged and not yet in the read model.
  Rounds milliseconds;   // From the moment an event could be acknowledged until the read model had it.
};

// Beside a load, until `done`: the newest event the log has published is one just acknowledged.
class LagWatch {
 public:
  explicit LagWatch(Installation& installation) : installation_(installation), thread_([this](const std::stop_token& stop) { watch(stop); }) {}

  Lag finish() {
    thread_.request_stop();
    thread_.join();
    return std::move(lag_);
  }

 private:
  void watch(const std::stop_token& stop) {
    Position seen{0};
    while (!stop.stop_requested()) {
      const Deadline soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
      if (!installation_.log().wait_past(seen, soon, stop)) continue;
      const Stopwatch watch;
      seen = installation_.log().head();
      const Position applied = installation_.views().active(kProjection)->checkpoint;
      lag_.events.push_back(static_cast<double>(seen.value - std::min(seen, applied).value));
      const Deadline deadline = std::chrono::steady_clock::now() + kMaxLag;
      CHECK(installation_.projector().wait_applied(kProjection, seen, deadline).has_value());
      lag_.milliseconds.push_back(watch.seconds() * 1'000);
    }
  }

  Installation& installation_;
  Lag lag_;
  std::jthread thread_;  // Last: it uses everything above.
};

}  // namespace

void measure_lag(Bench& bench) {
  BallotLoad load(bench);
  const std::vector<std::string> votes = load.on_all(bench.of(kVotes, kVotesOfTiny));
  Installation& installation = load.service().installation();
  Rounds written, applied, lag_p50, lag_p99, lag_max, events_p99, events_max, left;
  for (size_t round = 0; round < bench.rounds(); ++round) {
    const std::vector<std::string> asked = round == 0 ? votes : load.on_all(votes.size());
    pad_flushes_to(kFlush);
    LagWatch watch(installation);
    const Position before = installation.views().active(kProjection)->checkpoint;
    const Stopwatch stopwatch;
    written.push_back(rate_of(load.service().port(), asked, BallotLoad::kConnections, asked.size()));
    const Position after = installation.views().active(kProjection)->checkpoint;
    applied.push_back(static_cast<double>(after.value - before.value) / stopwatch.seconds());
    left.push_back(static_cast<double>(installation.log().head().value - after.value));
    pad_flushes_to(std::chrono::microseconds(0));
    const Lag lag = watch.finish();
    load.service().catch_up();
    lag_p50.push_back(at_share(lag.milliseconds, 0.5));
    lag_p99.push_back(at_share(lag.milliseconds, 0.99));
    lag_max.push_back(at_share(lag.milliseconds, 1));
    events_p99.push_back(at_share(lag.events, 0.99));
    events_max.push_back(at_share(lag.events, 1));
  }
  print_rate("votes over HTTP, spread, beside the watch", written);
  print_rate("events applied meanwhile by the read models", applied);
  print_row("from durable to in the read model: p50", lag_p50, 1, " ms");
  print_row("from durable to in the read model: p99", lag_p99, 1, " ms");
  print_row("from durable to in the read model: longest", lag_max, 1, " ms");
  print_row("events behind: p99", events_p99, 0);
  print_row("events behind: most", events_max, 0);
  print_row("events behind when the load ends", left, 0);
}

}  // namespace civiclog
