#include "base/check.h"
#include "bench/measure.h"
#include "bench/stopwatch.h"
#include "replay-tools/verify_record.h"

namespace civiclog {

void measure_verify(Bench& bench) {
  const MadeRecord& record = bench.record.get();
  const auto events = static_cast<double>(record.events);
  Rounds by_clock, by_processor;
  for (size_t round = 0; round < bench.rounds(); ++round) {
    const Stopwatch watch;
    const Result<Verification> found = verify_record(record.data());
    by_clock.push_back(events / watch.seconds());
    by_processor.push_back(events / watch.cpu_seconds());
    CHECK(found.has_value() && found->verdict() == Verdict::kHolds && found->events == record.events);
  }
  print_rate("events verified: files, log, words, read models", by_clock);
  print_row("the same per second of processor time", by_processor, 0);
}

}  // namespace civiclog
