#include "access/claims.h"

#include <algorithm>

#include "base/text.h"

namespace civiclog {
namespace {

constexpr int64_t kMaxSeconds = 253'402'300'799;  // The end of the year 9999.

using Seconds = tl::expected<std::optional<int64_t>, Refusal>;

Seconds time_claim(const JsonObject& payload, const char* name) {
  if (!payload.has(name)) return std::nullopt;
  const auto value = payload.integer(name);
  if (!value || *value < 0 || *value > kMaxSeconds) return tl::unexpected(Refusal::kBadClaim);
  return value;
}

std::optional<Refusal> check_issuer(const JsonObject& payload, const std::string& issuer) {
  if (!payload.has("iss")) return Refusal::kNoIssuer;
  const auto found = payload.text("iss");
  if (!found) return Refusal::kBadClaim;
  if (issuer.empty() || *found != issuer) return Refusal::kWrongIssuer;
  return std::nullopt;
}

std::optional<Refusal> check_audience(const JsonObject& payload, const std::string& audience) {
  if (!payload.has("aud")) return Refusal::kNoAudience;
  if (const auto one = payload.text("aud")) {
    if (*one == audience) return std::nullopt;
    return Refusal::kWrongAudience;
  }
  const auto several = payload.texts("aud");
  if (!several) return Refusal::kBadClaim;
  if (std::ranges::find(*several, audience) == several->end()) return Refusal::kWrongAudience;
  return std::nullopt;
}

std::optional<Refusal> check_subject(const JsonObject& payload) {
  if (!payload.has("sub")) return Refusal::kNoSubject;
  const auto subject = payload.text("sub");
  if (!subject) return Refusal::kBadClaim;
  if (!is_valid_subject(*subject)) return Refusal::kBadSubject;
  return std::nullopt;
}

Timestamp from_seconds(int64_t seconds) { return {seconds * 1000}; }

}  // namespace

bool is_valid_subject(std::string_view subject) {
  if (subject.empty() || subject.find('\n') != std::string_view::npos) return false;
  const auto normal = normalise_text(subject, "sub", kMaxSubjectBytes);
  return normal.has_value() && *normal == subject;
}

tl::expected<Claims, Refusal> check_claims(const JsonObject& payload, const ClaimRules& rules, Timestamp now) {
  if (const auto refusal = check_issuer(payload, rules.issuer)) return tl::unexpected(*refusal);
  if (const auto refusal = check_audience(payload, rules.audience)) return tl::unexpected(*refusal);
  if (const auto refusal = check_subject(payload)) return tl::unexpected(*refusal);
  const Seconds expires = time_claim(payload, "exp");
  const Seconds not_before = time_claim(payload, "nbf");
  const Seconds issued = time_claim(payload, "iat");
  if (!expires || !not_before || !issued) return tl::unexpected(Refusal::kBadClaim);
  if (!*expires) return tl::unexpected(Refusal::kNoExpiry);
  const int64_t skew_ms = std::chrono::milliseconds(rules.skew).count();
  const Timestamp expires_at = from_seconds(**expires);
  if (now >= expires_at) return tl::unexpected(Refusal::kExpired);
  Timestamp valid_from{0};
  if (*not_before) {
    valid_from.ms = from_seconds(**not_before).ms - skew_ms;
    if (now < valid_from) return tl::unexpected(Refusal::kNotYetValid);
  }
  if (*issued) {
    const Timestamp issued_at{from_seconds(**issued).ms - skew_ms};
    if (now < issued_at) return tl::unexpected(Refusal::kIssuedInFuture);
    valid_from = std::max(valid_from, issued_at);
  }
  if (rules.max_lifetime) {
    if (!*issued) return tl::unexpected(Refusal::kNoIssueTime);
    if (**expires - **issued > rules.max_lifetime->count()) return tl::unexpected(Refusal::kLivesTooLong);
  }
  return Claims{std::string(*payload.text("sub")), valid_from, expires_at};
}

}  // namespace civiclog
