#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "access/rate_limit.h"
#include "access/token_verifier.h"
#include "base/crypto.h"
#include "commands/command.h"
#include "query-api/door/http_request.h"
#include "query-api/door/http_response.h"
#include "query-api/door/trusted_proxies.h"

// Who comes in: the subject of a bearer token (RFC 6750), and how often. What that subject may do is for the rules, which look into
// the log; here only the installation's own subject is kept to what bootstraps.
//
// Threads: all methods from any. Nothing here is logged: no line ever joins a subject and what it did.

namespace civiclog {

struct Caller {
  Issuer issuer;
  std::string subject;  // Of the token, with its issuer: what makes two callers two.
};

struct GateOptions {
  TrustedProxies proxies;  // Whose X-Forwarded-For says whose address it is.
  std::string audience{kDefaultAudience};
  std::string issuer;  // Empty: only the installation's own tokens.
  RateLimitOptions per_subject{.burst = 120, .interval = std::chrono::milliseconds(50)};
  RateLimitOptions per_address{.burst = 20'000, .interval = std::chrono::microseconds(50)};
};

class Gate {
 public:
  // `key` turns the subjects of other issuers into participants' ids that nobody else can compute (the vault's index key).
  Gate(GateOptions options, KeySet keys, const Key& key, Clock clock);

  // The caller, or the answer that sends them away: 401 with WWW-Authenticate, 429 with Retry-After.
  tl::expected<Caller, HttpResponse> admit(const HttpRequest& request);

 private:
  tl::expected<Caller, HttpResponse> caller_of(const VerifiedToken& token) const;

  const GateOptions options_;
  const Key key_;
  const Clock clock_;
  TokenVerifier verifier_;
  RateLimit per_subject_;
  RateLimit per_address_;
};

// Of a subject of another issuer than the installation.
ParticipantId participant_of(const Key& key, std::string_view issuer, std::string_view subject);

}  // namespace civiclog
