#include "access/refusal.h"

namespace civiclog {

const char* name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kTooLong: return "too_long";
    case Refusal::kNotThreeParts: return "not_three_parts";
    case Refusal::kBadEncoding: return "bad_encoding";
    case Refusal::kBadHeader: return "bad_header";
    case Refusal::kDuplicateName: return "duplicate_name";
    case Refusal::kCriticalExtension: return "critical_extension";
    case Refusal::kEmbeddedKey: return "embedded_key";
    case Refusal::kWrongType: return "wrong_type";
    case Refusal::kAlgorithmNotAllowed: return "algorithm_not_allowed";
    case Refusal::kNoKeyId: return "no_key_id";
    case Refusal::kUnknownKey: return "unknown_key";
    case Refusal::kAlgorithmOfAnotherKey: return "algorithm_of_another_key";
    case Refusal::kBadSignature: return "bad_signature";
    case Refusal::kBadPayload: return "bad_payload";
    case Refusal::kBadClaim: return "bad_claim";
    case Refusal::kNoIssuer: return "no_issuer";
    case Refusal::kWrongIssuer: return "wrong_issuer";
    case Refusal::kNoAudience: return "no_audience";
    case Refusal::kWrongAudience: return "wrong_audience";
    case Refusal::kNoSubject: return "no_subject";
    case Refusal::kBadSubject: return "bad_subject";
    case Refusal::kNoExpiry: return "no_expiry";
    case Refusal::kExpired: return "expired";
    case Refusal::kNotYetValid: return "not_yet_valid";
    case Refusal::kIssuedInFuture: return "issued_in_future";
    case Refusal::kNoIssueTime: return "no_issue_time";
    case Refusal::kLivesTooLong: return "lives_too_long";
  }
  return "unknown";
}

const char* client_message(Refusal refusal) {
  switch (refusal) {
    case Refusal::kExpired: return "The token has expired; ask its issuer for a new one.";
    case Refusal::kNotYetValid:
    case Refusal::kIssuedInFuture: return "The token is not valid yet; check the clocks, or try again later.";
    default: return "The token is not accepted here; ask the issuer of this service for one.";
  }
}

}  // namespace civiclog
