#include "query-api/writing/gate.h"

#include <utility>

#include <fmt/format.h>

#include "query-api/door/http_syntax.h"
#include "query-api/door/problem.h"

namespace civiclog {
namespace {

constexpr std::string_view kScheme = "bearer";

tl::unexpected<HttpResponse> unauthorised(std::string detail, std::string_view challenge) {
  return tl::unexpected(problem_response(401, "unauthorised", std::move(detail))
                            .with("WWW-Authenticate", fmt::format("Bearer realm=\"civiclog\"{}", challenge))
                            .with("Cache-Control", "no-store"));
}

tl::unexpected<HttpResponse> too_fast(const Admission& admission, std::string_view whose) {
  Problem problem{429, "rate_limited", fmt::format("Too many requests of this {}; wait and go on.", whose), {}, {}};
  problem.retry_after_seconds = static_cast<int>(admission.retry_after.count());
  return tl::unexpected(problem_response(problem).with("Cache-Control", "no-store"));
}

// RFC 9110, 11.4: the scheme's case does not count, then one space or more.
std::optional<std::string_view> bearer_token(std::string_view header) {
  if (header.size() <= kScheme.size() || header[kScheme.size()] != ' ') return std::nullopt;
  if (to_lower(header.substr(0, kScheme.size())) != kScheme) return std::nullopt;
  header.remove_prefix(header.find_first_not_of(' ', kScheme.size()));
  return header;
}

ClaimRules claim_rules(const GateOptions& options) {
  ClaimRules rules;
  rules.issuer = options.issuer;
  rules.audience = options.audience;
  return rules;
}

}  // namespace

ParticipantId participant_of(const Key& key, std::string_view issuer, std::string_view subject) {
  const std::string message = fmt::format("civiclog/subject/v1{}{}{}{}", '\0', issuer, '\0', subject);
  return {make_imported_uuid("token", "participant", view(hmac_sha256(key, message)))};
}

Gate::Gate(GateOptions options, KeySet keys, const Key& key, Clock clock)
    : options_(std::move(options)),
      key_(key),
      clock_(std::move(clock)),
      verifier_(std::move(keys), claim_rules(options_)),
      per_subject_(options_.per_subject),
      per_address_(options_.per_address) {}

tl::expected<Caller, HttpResponse> Gate::admit(const HttpRequest& request) {
  // Before anything is computed: a forged token costs a signature.
  const Admission address = per_address_.admit(RateKey::address(options_.proxies.client_of(request)));
  if (!address.allowed) return too_fast(address, "address");
  size_t headers = 0;
  for (const Field& field : request.headers) headers += field.name == "authorization" ? 1 : 0;
  if (headers == 0) return unauthorised("Writing needs a token; without one everything public can be read.", "");
  const auto token = headers == 1 ? bearer_token(*request.header("authorization")) : std::nullopt;
  if (!token) return unauthorised("Send one header Authorization: Bearer TOKEN.", ", error=\"invalid_request\"");
  const auto verified = verifier_.verify(*token, clock_());
  if (!verified) return unauthorised(client_message(verified.error()), ", error=\"invalid_token\"");
  auto caller = caller_of(*verified);
  if (!caller) return caller;
  const Admission subject = per_subject_.admit(RateKey::subject(caller->subject));
  if (!subject.allowed) return too_fast(subject, "subject");
  return caller;
}

tl::expected<Caller, HttpResponse> Gate::caller_of(const VerifiedToken& token) const {
  if (!token.bootstrap) {
    return Caller{issued_by(participant_of(key_, options_.issuer, token.subject)),
                  fmt::format("{}{}{}", options_.issuer, '\0', token.subject)};
  }
  std::string subject = fmt::format("{}{}{}", kInstallationIssuer, '\0', token.subject);
  if (token.subject == kInstallationSubject) return Caller{issued_by_system(), std::move(subject)};
  const std::optional<Uuid> participant = parse_uuid(token.subject);
  if (participant && !participant->is_nil()) return Caller{issued_by(ParticipantId{*participant}), std::move(subject)};
  return unauthorised("The subject of this token is neither a participant nor the installation.", ", error=\"invalid_token\"");
}

}  // namespace civiclog
