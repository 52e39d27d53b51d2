#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tests/simulation/model.h"
#include "tests/simulation/workload.h"
#include "tests/simulation/world.h"

// One seeded life of an installation, checked against the model.
//
// It goes in *spells*: commands are submitted without waiting, the clock moves, and then everything is settled. In a calm spell
// nothing breaks: each answer must be the model's, in the order of submission. In a rough one the disk fails or the power goes at
// a drawn call; the installation is closed and opened again, the log says what was written, everything acknowledged must be there, a
// refusal must have been right at some moment of the spell, and what is unknown is asked again under the same id. Between spells, read
// models, the past, the vault and the log are compared.
//
// What the seed decides: commands, ids that clients choose, texts, clock, spells, faults and moments of comparison. What it does not:
// ids of words and boxes, keys and tags; how commands are batched; which call of which file a fault meets, and so what a rough spell
// leaves. Without faults the history is the same each time, digest() says so; with faults a seed that fails may take several
// runs to fail again.
//
// Bounds: kMaxSpell commands under way; memory grows with the history, so a long run is many seeds. One thread.

namespace civiclog {

struct SimulationOptions {
  uint64_t seed = 1;
  uint64_t commands = 20'000;
  bool faults = true;
  bool all_kinds = false;  // Of faults; otherwise only the power goes.
};

struct SimulationReport {
  std::string failure;  // Empty: all agreed. Otherwise with what was asked last.
  uint64_t commands = 0;
  uint64_t accepted = 0;
  uint64_t refused = 0;
  uint64_t repeated = 0;
  uint64_t faults = 0;    // Planned ones that were met.
  uint64_t openings = 0;
  uint64_t comparisons = 0;
  Digest digest{};        // Of the types and the contents of all events but what is drawn by the product.
  std::map<std::string, uint64_t> refusals;  // How often each.
};

SimulationReport simulate(const SimulationOptions& options);

// A command as one line for a person.
std::string to_line(const CommandRequest& request);

}  // namespace civiclog
