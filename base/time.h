#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// Time is UTC milliseconds since 1970-01-01. Nothing in the core reads a clock by itself: a Clock is
// passed in, so that tests and imports decide what time it is.

namespace civiclog {

struct Timestamp {
  int64_t ms = 0;

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
};

// Must be callable from any thread.
using Clock = std::function<Timestamp()>;

Timestamp system_now();

// RFC 3339 in UTC with milliseconds, e.g. "2026-11-24T08:07:58.000Z".
std::string to_rfc3339(Timestamp time);
// RFC 3339 with "Z" or a numeric offset, up to nine fraction digits (below a millisecond is cut off),
// years 1970–9999, here and in UTC. nullopt on anything else, including dates that do not exist.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace civiclog
