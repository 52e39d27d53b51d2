#include "access/token_verifier.h"

#include <utility>

#include "access/json_object.h"
#include "base/check.h"
#include "base/crypto.h"

namespace civiclog {
namespace {

ClaimRules with_issuer(ClaimRules rules, std::string_view issuer) {
  rules.issuer = issuer;
  return rules;
}

}  // namespace

TokenVerifier::TokenVerifier(KeySet keys, ClaimRules rules, size_t max_verified_tokens)
    : rules_(std::move(rules)),
      installation_rules_(with_issuer(rules_, kInstallationIssuer)),
      keys_{std::make_shared<const KeySet>(std::move(keys)), 0},
      verified_(max_verified_tokens) {
  CHECK(!rules_.audience.empty());
}

TokenVerifier::Keys TokenVerifier::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void TokenVerifier::replace_keys(KeySet keys) {
  auto set = std::make_shared<const KeySet>(std::move(keys));
  // Under the lock, so that of two replacements at once the cache follows the one whose keys stay.
  const std::lock_guard lock(mutex_);
  keys_ = {std::move(set), keys_.generation + 1};
  verified_.clear(keys_.generation);
}

tl::expected<VerifiedToken, Refusal> TokenVerifier::verify(std::string_view token, Timestamp now) {
  if (token.size() > kMaxTokenBytes) return tl::unexpected(Refusal::kTooLong);
  const Digest digest = sha256(token);
  if (auto known = verified_.find(digest, now)) return *std::move(known);
  const Keys current = keys();
  auto verified = check(token, *current.set, now);
  if (verified) verified_.keep(digest, *verified, current.generation);
  return verified;
}

tl::expected<VerifiedToken, Refusal> TokenVerifier::check(std::string_view token, const KeySet& keys, Timestamp now) const {
  const auto parts = CompactToken::parse(token);
  if (!parts) return tl::unexpected(parts.error());
  const AcceptedKey* const key = keys.find(parts->key_id);
  if (key == nullptr) return tl::unexpected(parts->key_id ? Refusal::kUnknownKey : Refusal::kNoKeyId);
  if (key->key.algorithm() != parts->algorithm) return tl::unexpected(Refusal::kAlgorithmOfAnotherKey);
  if (!key->key.verifies(token, parts->signature)) return tl::unexpected(Refusal::kBadSignature);
  const auto payload = JsonObject::parse(parts->payload);
  if (!payload) {
    const bool twice = payload.error().kind == JsonFault::Kind::kDuplicateName;
    return tl::unexpected(twice ? Refusal::kDuplicateName : Refusal::kBadPayload);
  }
  auto claims = check_claims(*payload, key->bootstrap ? installation_rules_ : rules_, now);
  if (!claims) return tl::unexpected(claims.error());
  return VerifiedToken{std::move(claims->subject), key->bootstrap, claims->valid_from, claims->expires_at};
}

}  // namespace civiclog
