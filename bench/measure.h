#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// The measurements and what they share. Each prints rows of a table: what, how much. All figures that are compared come from
// one run, in turns, because machines are noisy; what is printed of several rounds is the median.

namespace civiclog {

void measure_door();     // door_bench.cc
void measure_reading();  // reading_bench.cc
void measure_votes();    // votes_bench.cc

double median(std::vector<double> values);

// Requests per second of one round. Aborts when the server fails or refuses anything.
double rate_of(uint16_t port, std::span<const std::string> requests, size_t connections, size_t total);

}  // namespace civiclog
