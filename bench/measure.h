#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/record.h"

// The measurements and what they share. Each prints a table of rows: what, how much, and the range of its rounds. All figures that
// are compared come from one run, in turns, because machines are noisy; of several rounds the median counts. Nothing is
// asserted of any time; what is asserted is that everything asked for was done.

namespace civiclog {

// What all measurements of one run share.
struct Bench {
  // Tiny: only to see that each measurement still does what it says; its figures say nothing.
  bool tiny = false;
  SharedRecord record{tiny};

  size_t of(size_t full, size_t in_tiny) const { return tiny ? in_tiny : full; }
  size_t rounds() const { return of(3, 1); }
};

void measure_append(Bench& bench);    // append_bench.cc
void measure_commands(Bench& bench);  // commands_bench.cc
void measure_votes(Bench& bench);     // votes_bench.cc
void measure_lag(Bench& bench);       // lag_bench.cc
void measure_door(Bench& bench);      // door_bench.cc
void measure_reading(Bench& bench);   // reading_bench.cc
void measure_as_of(Bench& bench);     // as_of_bench.cc
void measure_generate(Bench& bench);  // generate_bench.cc
void measure_rebuild(Bench& bench);   // rebuild_bench.cc
void measure_verify(Bench& bench);    // verify_bench.cc
void measure_disk(Bench& bench);      // disk_bench.cc
void measure_polis(Bench& bench);     // polis_bench.cc

// One figure with a value from every round: what is printed is the median and, when there are several, the range.
using Rounds = std::vector<double>;
double median(Rounds values);
void print_row(std::string_view what, const Rounds& values, int decimals, std::string_view unit = {});
void print_rate(std::string_view what, const Rounds& per_second);    // "12,300/s"
void print_ratio(std::string_view what, const Rounds& ratios);       // bold: these are to be trusted
// Element by element.
Rounds ratio_of(const Rounds& above, const Rounds& below);

// Requests per second of one round. Aborts when the server fails or refuses anything.
double rate_of(uint16_t port, std::span<const std::string> requests, size_t connections, size_t total);

}  // namespace civiclog
