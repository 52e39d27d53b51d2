#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "access/json_object.h"
#include "access/refusal.h"
#include "base/time.h"

// The claims of a token (RFC 7519 section 4.1) whose signature holds. Pure and thread-safe. Times in claims are whole seconds;
// the RFC allows fractions, but nobody issues them and they do not survive every JSON reader alike, so they are refused.

namespace civiclog {

inline constexpr size_t kMaxSubjectBytes = 255;  // As OpenID Connect.

struct ClaimRules {
  std::string issuer;
  std::string audience;
  // How far the issuer's clock may be ahead of ours: for `nbf` and `iat`. It does not stretch `exp`.
  std::chrono::seconds skew{60};
  // If set, `iat` is required and `exp` - `iat` may not be more.
  std::optional<std::chrono::seconds> max_lifetime;
};

struct Claims {
  std::string subject;
  Timestamp valid_from;  // The first millisecond at which the token is accepted, skew included.
  Timestamp expires_at;  // The first at which it is not.
};

tl::expected<Claims, Refusal> check_claims(const JsonObject& payload, const ClaimRules& rules, Timestamp now);

// Valid UTF-8 in NFC, 1 to kMaxSubjectBytes bytes, without control characters: so two subjects that look alike in a log are
// alike.
bool is_valid_subject(std::string_view subject);

}  // namespace civiclog
