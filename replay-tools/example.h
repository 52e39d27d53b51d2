#pragma once

#include <cstdint>

#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "replay-tools/progress.h"

// The deliberation that the project ships: made here, from a seed, in a city that does not exist. Every noun and every
// event type but those of imports occurs in it. It asks every rule as living people would: its commands go through the
// handler, in the order of their times, and drive the clock of a fresh log.

namespace civiclog {

class Installation;

struct ExampleOptions {
  uint64_t seed = 1;          // Who votes how and when. The texts are always the same.
  size_t participants = 120;  // 20 to kMaxExampleParticipants; one in twelve is not verified.
  Timestamp ends_at;          // The story is told over the six weeks before. Where the log has it already: its end of then.
};
inline constexpr int64_t kExampleDays = 42;
inline constexpr Timestamp kEarliestExampleEnd{kExampleDays * 86'400'000};  // The story does not begin before 1970.
inline constexpr size_t kMinExampleParticipants = 20;
inline constexpr size_t kMaxExampleParticipants = 100'000;

struct ExampleMade {
  Position position;     // The log's head afterwards.
  uint64_t written = 0;  // Events; 0 when the same example had been made before.
};

// The same options give the same commands, so making it twice writes nothing the second time. Errors: kInvalidArgument for
// options out of range; those of the rules and of the log.
Result<ExampleMade> make_example(Installation& installation, const ExampleOptions& options, const ReportProgress& progress);

}  // namespace civiclog
