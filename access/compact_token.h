#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "access/refusal.h"
#include "access/token_key.h"

// A signed token in compact form (RFC 7515 section 3.1), taken apart and its header read strictly; nothing about it is trusted
// yet. The payload is only decoded: nobody reads it before the signature holds. Pure and thread-safe.

namespace civiclog {

inline constexpr size_t kMaxTokenBytes = 8'192;
inline constexpr size_t kMaxKeyIdBytes = 256;

struct CompactToken {
  Algorithm algorithm;
  std::optional<std::string> key_id;
  std::string payload;
  std::string signature;

  // Header parameters that are neither needed nor dangerous (`x5t`, private ones) are ignored, as the RFC asks.
  static tl::expected<CompactToken, Refusal> parse(std::string_view token);
};

}  // namespace civiclog
