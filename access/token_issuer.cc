#include "access/token_issuer.h"

#include <fmt/format.h>

#include "access/claims.h"
#include "access/json_object.h"
#include "access/token_verifier.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "base/text.h"

namespace civiclog {

Result<std::string> TokenIssuer::issue(std::string_view subject, std::string_view audience, std::chrono::seconds lifetime,
                                       Timestamp now) const {
  if (!is_valid_subject(subject)) {
    return invalid_argument(
        fmt::format("The subject must be a text (UTF-8, NFC, no control characters) of 1 to {} bytes.", kMaxSubjectBytes));
  }
  if (audience.empty() || !normalise_text(audience, "audience", kMaxAudienceBytes)) {
    return invalid_argument(fmt::format("The audience must be a text of 1 to {} bytes.", kMaxAudienceBytes));
  }
  if (lifetime < std::chrono::seconds(1) || lifetime > kMaxTokenLifetime) {
    return invalid_argument(fmt::format("The lifetime must be 1 to {} seconds.", kMaxTokenLifetime.count()));
  }
  if (now.ms < 0) return invalid_argument("The clock is before 1970; set it.");
  const int64_t issued = now.ms / 1000;
  JsonObject claims;
  claims.set("iss", kInstallationIssuer);
  claims.set("sub", subject);
  claims.set("aud", audience);
  claims.set("iat", issued);
  claims.set("exp", issued + lifetime.count());
  claims.set("jti", to_hex(view(random_array<16>())));
  return key_.sign(claims.print());
}

}  // namespace civiclog
