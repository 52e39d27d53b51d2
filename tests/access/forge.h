#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "access/token_verifier.h"

// Makes tokens, right and wrong, with OpenSSL alone: none of the code under test, so that both must agree about the formats.

struct evp_pkey_st;

namespace civiclog::forge {

std::string base64url(std::string_view bytes);

class Key {
 public:
  static Key ed25519();
  static Key ec(const char* curve);  // "P-256", "P-384"
  static Key rsa(unsigned bits);

  // Public members only, and `more`, such as R"("kid":"a")".
  std::string jwk(const std::string& more) const;
  std::string private_jwk(const std::string& more) const;  // Ed25519.
  std::string pem() const;  // Of the public half.
  std::string der() const;
  // EdDSA, ES256, ES384, RS256, RS512, PS256.
  std::string sign(std::string_view algorithm, std::string_view bytes) const;
  std::string sign_der(std::string_view bytes) const;  // ECDSA with SHA-256, not brought into the form of JWS.

 private:
  explicit Key(evp_pkey_st* key);
  std::string members() const;

  std::shared_ptr<evp_pkey_st> key_;
};

std::string hmac(const char* digest, std::string_view secret, std::string_view bytes);

// header.payload, and with a signature.
std::string signing_input(std::string_view header, std::string_view payload);
std::string token(std::string_view header, std::string_view payload, const Key& key, std::string_view algorithm);
std::string with_signature(std::string_view header, std::string_view payload, std::string_view signature);

inline constexpr const char* kIssuer = "https://id.example";
inline constexpr const char* kAudience = "civiclog.example";
inline constexpr int64_t kNowSeconds = 1'800'000'000;
inline constexpr Timestamp kNow{kNowSeconds * 1000};

// Name to JSON; a right set of claims to begin with.
using ClaimMap = std::map<std::string, std::string>;
ClaimMap right_claims();
std::string print(const ClaimMap& claims);
std::string print_with(const std::string& name, const std::string& json);
std::string print_without(const std::string& name);

// One key of each kind, made once in a process, under the ids "ed", "ec" and "rsa".
struct Keys {
  Key ed = Key::ed25519();
  Key ec = Key::ec("P-256");
  Key rsa = Key::rsa(2048);

  std::string jwks() const;
  std::string ed_token(std::string_view payload) const;
  std::string ec_token(std::string_view payload) const;
  std::string rsa_token(std::string_view payload) const;
};
const Keys& keys();

ClaimRules rules();
KeySet key_set();

}  // namespace civiclog::forge
