#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "access/installation_key.h"
#include "base/result.h"
#include "base/time.h"

// Issues the installation's own tokens, for `civic-replay token` and the first steps of an installation. Their issuer is
// kInstallationIssuer, which a verifier accepts from this key only, and marks as `bootstrap`. Safe from any thread.

namespace civiclog {

inline constexpr std::chrono::seconds kMaxTokenLifetime = std::chrono::hours(24 * 31);
inline constexpr size_t kMaxAudienceBytes = 255;

class TokenIssuer {
 public:
  explicit TokenIssuer(const InstallationKey& key) : key_(key) {}  // The key must outlive the issuer.

  // A compact token with iss, sub, aud, iat, exp and a random jti. The second in which `now` lies counts as its first; it lasts
  // at least 1 second and at most kMaxTokenLifetime. kInvalidArgument says which value is wrong.
  Result<std::string> issue(std::string_view subject, std::string_view audience, std::chrono::seconds lifetime,
                            Timestamp now) const;

 private:
  const InstallationKey& key_;
};

}  // namespace civiclog
