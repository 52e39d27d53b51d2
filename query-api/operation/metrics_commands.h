#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "commands/command.h"
#include "events/event_log.h"
#include "query-api/operation/metrics_durations.h"

// What became of commands, by their type, and how long it took from handing one over until the answer was known. Types and
// outcomes are closed sets; whose command it was, or about what, is not told to this at all.
//
// From any thread, without a lock.

namespace civiclog {

enum class CommandOutcome {
  kAccepted,     // It wrote events.
  kRepeated,     // It was accepted earlier, and the first answer was given again.
  kRejected,     // By a rule, or for its content: what the client asked is not to be had.
  kConflict,     // Somebody else was faster.
  kUnavailable,  // Full or stopping; nothing was written.
  kUnknown,      // The flush failed or timed out.
  kFailed,       // Damage or a refusal of the operating system.
};
inline constexpr size_t kCommandOutcomes = 7;
const char* name_of(CommandOutcome outcome);

inline constexpr size_t kCommandTypes = std::variant_size_v<Command>;
// By the index in Command: "cast_ballot".
std::string_view command_name(size_t type);

class CommandMetrics {
 public:
  void submitted() { submitted_.fetch_add(1, std::memory_order_relaxed); }
  void answered(size_t type, const Result<Appended>& answer, std::chrono::nanoseconds took);

  uint64_t count(size_t type, CommandOutcome outcome) const;
  // Submitted and not yet answered.
  uint64_t under_way() const;
  Durations::Counts durations() const { return durations_.counts(); }

 private:
  std::atomic<uint64_t> submitted_{0};
  std::atomic<uint64_t> answered_{0};
  std::array<std::array<std::atomic<uint64_t>, kCommandOutcomes>, kCommandTypes> counts_{};
  Durations durations_;
};

}  // namespace civiclog
