#pragma once

// Why a token was not accepted. The names are stable: logs and metrics carry them. Clients are told less (client_message),
// so that a forger learns nothing from trying.

namespace civiclog {

enum class Refusal {
  kTooLong,                // Longer than kMaxTokenBytes.
  kNotThreeParts,          // Not header.payload.signature, each with something in it; so also an encrypted token (five parts).
  kBadEncoding,            // A part is not canonical base64url.
  kBadHeader,              // Not a JSON object, or a header parameter of the wrong type.
  kDuplicateName,          // A name twice in header or payload.
  kCriticalExtension,      // `crit`, or a parameter that changes what the bytes mean (`b64`, `zip`, `cty`, `enc`).
  kEmbeddedKey,            // The token brings or names a key of its own: `jwk`, `jku`, `x5u`, `x5c`.
  kWrongType,              // `typ` says it is another kind of token.
  kAlgorithmNotAllowed,    // Not EdDSA, ES256 or RS256.
  kNoKeyId,                // Without `kid`, where it must say which key is meant.
  kUnknownKey,             // No accepted key has that `kid`.
  kAlgorithmOfAnotherKey,  // `alg` is not that of the key.
  kBadSignature,
  kBadPayload,             // Signed, but not a JSON object.
  kBadClaim,               // A claim of the wrong type or out of range.
  kNoIssuer,
  kWrongIssuer,            // Includes an issuer that does not go with the key.
  kNoAudience,
  kWrongAudience,
  kNoSubject,
  kBadSubject,             // Empty, too long, not NFC, or with control characters.
  kNoExpiry,
  kExpired,
  kNotYetValid,            // `nbf` lies ahead.
  kIssuedInFuture,         // `iat` lies ahead.
  kNoIssueTime,            // Without `iat`, where a longest lifetime is set.
  kLivesTooLong,           // Longer than the longest lifetime.
};
inline constexpr int kRefusals = static_cast<int>(Refusal::kLivesTooLong) + 1;

// "expired", "wrong_audience", …
const char* name_of(Refusal refusal);

// One sentence for the body of a 401. There are three: expired, not valid yet, and not accepted.
const char* client_message(Refusal refusal);

}  // namespace civiclog
