#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

// Numbers as people write them into an address or onto a command line. Pure and thread-safe.

namespace civiclog {

// Decimal digits only, no sign; nullopt on anything else, and on what does not fit.
inline std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return number;
}

}  // namespace civiclog
