#include <array>
#include <unordered_map>

#include "base/check.h"
#include "bench/measure.h"
#include "bench/stopwatch.h"
#include "events/payload_codec.h"
#include "events/rocks_log.h"
#include "projections/all_projections.h"
#include "projections/contributions.h"
#include "projections/projector.h"

namespace civiclog {
namespace {

struct Speed {
  Rounds by_clock, by_processor;

  void add(uint64_t events, const Stopwatch& watch) {
    by_clock.push_back(static_cast<double>(events) / watch.seconds());
    by_processor.push_back(static_cast<double>(events) / watch.cpu_seconds());
  }
  void print(std::string_view what) const {
    print_rate(what, by_clock);
    print_row("the same per second of processor time", by_processor, 0);
  }
};

using Counts = std::array<int64_t, 4>;  // By Choice.
using Tallies = std::unordered_map<ContributionId, Counts, UuidHash>;

int64_t& count_of(Tallies& tallies, ContributionId contribution, Choice choice) {
  return tallies[contribution][static_cast<size_t>(choice)];
}

void fold(const Payload& payload, Tallies& tallies) {
  if (const auto* cast = std::get_if<BallotCast>(&payload)) {
    ++count_of(tallies, cast->contribution, cast->choice);
  } else if (const auto* changed = std::get_if<BallotChanged>(&payload)) {
    --count_of(tallies, changed->contribution, changed->previous);
    ++count_of(tallies, changed->contribution, changed->choice);
  } else if (const auto* withdrawn = std::get_if<BallotWithdrawn>(&payload)) {
    --count_of(tallies, withdrawn->contribution, withdrawn->previous);
  }
}

// The yardstick: every event read, checked and decoded, and tallies counted in a hash map, with no history and nothing written.
Tallies plain_loop(const EventLog& log) {
  Tallies tallies;
  for (Position at{0}; at < log.head();) {
    const Result<std::vector<StoredEvent>> events = log.read(at, kMaxReadBatch);
    CHECK(events.has_value() && !events->empty());
    for (const StoredEvent& event : *events) {
      const Result<Payload> payload = decode_payload(event);
      CHECK(payload.has_value());
      fold(*payload, tallies);
    }
    at = events->back().envelope.position;
  }
  return tallies;
}

Projections only_contributions() {
  Projections out;
  out.push_back(std::make_unique<ContributionsProjection>());
  return out;
}

// From nothing, on disk. The views are closed within the time.
std::unique_ptr<Views> build(const RocksLog& log, const std::filesystem::path& directory, Projections projections) {
  CHECK(Views::create(directory, log.id()).has_value());
  Result<std::unique_ptr<Views>> views = Views::open(directory, log.id());
  CHECK(views.has_value());
  const auto projector = Projector::create(log, **views, std::move(projections));
  CHECK(projector.has_value());
  CHECK((*projector)->catch_up_to(log.head()).has_value());
  return *std::move(views);
}

void check_tallies(const Views& views, const Tallies& expected) {
  const Result<ContributionQueries> queries = views.snapshot().read<ContributionQueries>();
  CHECK(queries.has_value());
  for (const auto& [contribution, counts] : expected) {
    const Result<TallyRow> row = queries->tally(contribution);
    CHECK(row.has_value() && Counts({0, row->agree, row->disagree, row->pass}) == counts);
  }
}

}  // namespace

void measure_rebuild(Bench& bench) {
  const MadeRecord& record = bench.record.get();
  const Result<std::unique_ptr<RocksLog>> log = RocksLog::open(record.data().log_path());
  CHECK(log.has_value());
  (void)plain_loop(**log);  // Warms up.
  Speed loop, tallies, all;
  for (size_t round = 0; round < bench.rounds(); ++round) {
    const Stopwatch of_loop;
    const Tallies expected = plain_loop(**log);
    loop.add(record.events, of_loop);

    const ScratchDirectory scratch;
    const Stopwatch of_tallies;
    const std::unique_ptr<Views> views = build(**log, scratch.path() / "tallies", only_contributions());
    tallies.add(record.events, of_tallies);
    check_tallies(*views, expected);

    const Stopwatch of_all;
    build(**log, scratch.path() / "all", all_projections()).reset();
    all.add(record.events, of_all);
  }
  loop.print("events, plain loop with a hash map");
  tallies.print("events, contributions and tallies with their history");
  all.print("events, all read models");
  print_ratio("tallies / plain loop, by processor time", ratio_of(tallies.by_processor, loop.by_processor));
  print_ratio("all / plain loop, by processor time", ratio_of(all.by_processor, loop.by_processor));
}

}  // namespace civiclog
