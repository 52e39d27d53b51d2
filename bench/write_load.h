#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>

#include "bench/in_flight.h"
#include "bench/measure.h"

// Votes with 1, 8, 64 and 256 of them in flight, spread and hot in turns, every flush padded to 1 ms (padded_flush.h), and the rows
// about it. The bound is in flight ÷ flush time: all that is under way goes with one flush, and the next comes at once.

namespace civiclog {

enum class Shape { kSpread, kHot };

// Everything that is sent in one round is made before it: a `Send` for that many votes.
using PrepareRound = std::function<Send(Shape shape, size_t total)>;

void measure_write_load(const Bench& bench, const PrepareRound& prepare);

}  // namespace civiclog
