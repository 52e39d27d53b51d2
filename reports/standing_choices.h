#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "events/envelope.h"
#include "events/payloads.h"

// The choices that stand, of every voter on every contribution, while ballot events are folded in log order: so that what an
// event says of the choice before it can be checked. Eight bytes a choice and at most sixteen with room to grow: the
// key is a 62-bit hash under a random key, and ten million choices meet by chance once in about a hundred thousand runs. One
// thread.

namespace civiclog {

class StandingChoices {
 public:
  static constexpr size_t kMaxChoices = 20'000'000;

  StandingChoices();

  // What is wrong with the event, given those before it, as one sentence; nullopt when nothing is. Events that are no
  // ballots are passed over. The fold goes on with what the event says.
  std::optional<std::string> apply(const Envelope& envelope, const Payload& payload);
  // Too many choices came, and what apply() says is no longer to be trusted.
  bool is_full() const { return full_; }

 private:
  struct Act {
    ContributionId contribution;
    std::optional<Choice> before;
    std::optional<Choice> after;
  };

  static std::optional<Act> act_of(const Payload& payload);
  uint64_t hash(const StreamId& stream, ContributionId contribution) const;
  size_t place_of(uint64_t hash) const;
  void grow();

  const ByteArray<16> key_;
  std::vector<uint64_t> slots_;  // Hash in the upper 62 bits; the choice below them, 0 for none. 0: free.
  size_t used_ = 0;
  bool full_ = false;
};

}  // namespace civiclog
