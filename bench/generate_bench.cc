#include "bench/measure.h"

namespace civiclog {

void measure_generate(Bench& bench) {
  const MadeRecord& record = bench.record.get();
  const auto events = static_cast<double>(record.events);
  print_row("events in the generated record", {events}, 0);
  print_rate("generated, every event decided, with its words and durable", {events / record.seconds});
  print_row("the same per second of processor time", {events / record.cpu_seconds}, 0);
}

}  // namespace civiclog
