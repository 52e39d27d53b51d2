#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"

// All chance of a simulation: one generator, one seed. One thread.

namespace civiclog {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  // 0 to limit - 1; 0 for limit 0.
  uint64_t below(uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }
  uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
  bool percent(uint64_t chance) { return below(100) < chance; }
  template <typename T>
  const T& pick(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  Uuid uuid() {
    ByteArray<16> bytes;
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(below(256));
    return make_uuid_v4(bytes);
  }
  template <typename Enum>
  Enum from_one(Enum max) {
    return static_cast<Enum>(1 + below(static_cast<uint64_t>(max)));
  }

 private:
  std::mt19937_64 random_;
};

// A text as people and their machines write them: mostly short and plain, now and then long, in any script, in no normal form,
// and sometimes one that is to be refused.
std::string draw_text(Dice& dice);

}  // namespace civiclog
