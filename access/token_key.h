#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/json_object.h"
#include "base/result.h"

// Keys that verify and sign tokens (RFC 7515, 7517, 7518, 8037), and the only file that includes librhonabwy. That library is
// kept on a short lead, because it is lenient where a token must not be: it strips white space and padding, stops at a NUL,
// takes left-over bits, two parts, names that come twice, `zip`, and by default a key that the token itself brings or links to.
// It gets only keys that are rebuilt here from their public numbers, and only tokens that CompactToken has accepted, and it
// never fetches anything. Keys cannot be changed and may be used from any thread.

namespace civiclog {

enum class Algorithm { kEdDsa, kEs256, kRs256 };

// As in a token's header: "EdDSA", "ES256", "RS256".
const char* name_of(Algorithm algorithm);
std::optional<Algorithm> algorithm_named(std::string_view name);

inline constexpr size_t kMinRsaBits = 2048;
inline constexpr size_t kMaxRsaBits = 8192;

class PublicKey {
 public:
  // OKP with Ed25519, EC with P-256, RSA of 2,048 to 8,192 bits with an odd exponent of at least 65,537; all numbers in
  // canonical form. The error is half a sentence for the reader of a key file ("is symmetric; …"). A key with private parts is
  // refused.
  static Result<PublicKey> from_jwk(const JsonObject& jwk);

  // There is one algorithm for each kind of key, so a token cannot choose.
  Algorithm algorithm() const { return algorithm_; }
  // `token` must have come out of CompactToken::parse, with this key's algorithm; `signature` is its third part, decoded.
  bool verifies(std::string_view token, std::string_view signature) const;

 private:
  friend class PrivateKey;
  PublicKey(Algorithm algorithm, size_t signature_size, std::shared_ptr<json_t> jwk)
      : algorithm_(algorithm), signature_size_(signature_size), jwk_(std::move(jwk)) {}

  Algorithm algorithm_;
  size_t signature_size_;
  std::shared_ptr<json_t> jwk_;  // Only ever read.
};

// Ed25519.
class PrivateKey {
 public:
  static PrivateKey generate();
  // The error is half a sentence. Checks that the two halves belong together and that `kid` is the key's thumbprint.
  static Result<PrivateKey> from_jwk(const JsonObject& jwk);

  JsonObject jwk() const;  // With the private half: kty, crv, x, d, kid.
  const PublicKey& public_key() const { return public_key_; }
  const std::string& key_id() const { return key_id_; }  // RFC 7638 thumbprint, SHA-256.
  // A compact token with this payload; its header has alg, typ "JWT" and kid.
  std::string sign(std::string_view payload) const;

 private:
  PrivateKey(std::string x, std::string d, PublicKey public_key);

  std::string x_;
  std::string d_;
  std::string key_id_;
  PublicKey public_key_;
  std::shared_ptr<json_t> jwk_;
};

}  // namespace civiclog
