#pragma once

#include <compare>
#include <cstdint>

// Strong integers of the log. A bare uint64_t never crosses a function boundary in their place.

namespace civiclog {

// Place of an event in the log: 1, 2, 3 … without gaps. 0 means "before the first event".
struct Position {
  uint64_t value = 0;

  constexpr Position next() const { return {value + 1}; }
  constexpr Position plus(uint64_t count) const { return {value + count}; }
  friend constexpr auto operator<=>(Position, Position) = default;
};

// Number of events in one stream. The first event of a stream has version 1.
struct Version {
  uint64_t value = 0;

  constexpr Version next() const { return {value + 1}; }
  friend constexpr auto operator<=>(Version, Version) = default;
};

// Version of a stream that does not exist yet.
inline constexpr Version kNone{0};

}  // namespace civiclog
