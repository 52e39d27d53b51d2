#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include <tl/expected.hpp>

#include "access/claims.h"
#include "access/compact_token.h"
#include "access/key_set.h"
#include "access/refusal.h"
#include "access/verified_tokens.h"
#include "base/time.h"

// Answers whose token this is, or why it is nobody's. What the subject may do is not asked here: roles are in the log.
//
// In this order: length; three canonical parts; header (compact_token.h); the key that `kid` names; `alg` equal to that key's
// only algorithm; signature; only then the payload, strictly (json_object.h); issuer, audience, subject, times (claims.h). A
// token of a key in the JWKS must name the configured issuer, one of the installation's own key kInstallationIssuer: neither
// key can speak for the other.
//
// verify() is called from all HTTP threads at once; replace_keys() from any. A token costs one signature, then a hash until it
// expires or keys change.

namespace civiclog {

inline constexpr std::string_view kInstallationIssuer = "civiclog-installation";
// The subject of the installation's own tokens that speaks for the installation itself.
inline constexpr std::string_view kInstallationSubject = "installation";
inline constexpr std::string_view kDefaultAudience = "civiclog";
inline constexpr size_t kMaxVerifiedTokens = 65'536;  // About 20 MB.

class TokenVerifier {
 public:
  // `rules.issuer` may be empty: then only the installation's own tokens are accepted. The audience may not.
  TokenVerifier(KeySet keys, ClaimRules rules, size_t max_verified_tokens = kMaxVerifiedTokens);

  tl::expected<VerifiedToken, Refusal> verify(std::string_view token, Timestamp now);

  // When it returns, a token of a key that is no longer in the set is refused. (Calls of verify() under way may still answer by
  // the old set.)
  void replace_keys(KeySet keys);

  size_t verified_tokens() const { return verified_.size(); }

 private:
  struct Keys {
    std::shared_ptr<const KeySet> set;
    uint64_t generation;
  };

  Keys keys() const;
  tl::expected<VerifiedToken, Refusal> check(std::string_view token, const KeySet& keys, Timestamp now) const;

  const ClaimRules rules_;
  const ClaimRules installation_rules_;
  mutable std::mutex mutex_;
  Keys keys_;  // Guarded by mutex_.
  VerifiedTokens verified_;
};

}  // namespace civiclog
