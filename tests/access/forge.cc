#include "tests/access/forge.h"

#include <vector>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/check.h"

namespace civiclog::forge {
namespace {

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::string big_number(EVP_PKEY* key, const char* name, size_t size) {
  BIGNUM* number = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string out(size == 0 ? static_cast<size_t>(BN_num_bytes(number)) : size, '\0');
  CHECK(BN_bn2binpad(number, raw(out), static_cast<int>(out.size())) >= 0);
  BN_free(number);
  return out;
}

std::string fixed_size(std::string_view der, size_t size) {
  const unsigned char* at = raw(der);
  ECDSA_SIG* const signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  CHECK(signature != nullptr);
  std::string out(2 * size, '\0');
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw(out), static_cast<int>(size)) >= 0);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw(out) + size, static_cast<int>(size)) >= 0);
  ECDSA_SIG_free(signature);
  return out;
}

std::string digest_sign(EVP_PKEY* key, const char* digest, bool pss, std::string_view bytes) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  CHECK(EVP_DigestSignInit_ex(context, &parameters, digest, nullptr, nullptr, key, nullptr) == 1);
  if (pss) CHECK(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
  size_t size = 0;
  CHECK(EVP_DigestSign(context, nullptr, &size, raw(bytes), bytes.size()) == 1);
  std::string out(size, '\0');
  CHECK(EVP_DigestSign(context, raw(out), &size, raw(bytes), bytes.size()) == 1);
  out.resize(size);
  EVP_MD_CTX_free(context);
  return out;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<size_t>(size));
  BIO_free(bio);
  return out;
}

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", text); }

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  out.resize(static_cast<size_t>(EVP_EncodeBlock(raw(out), raw(bytes), static_cast<int>(bytes.size()))));
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

Key::Key(evp_pkey_st* key) : key_(key, EVP_PKEY_free) { CHECK(key != nullptr); }
Key Key::ed25519() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
Key Key::ec(const char* curve) { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve)); }
Key Key::rsa(unsigned bits) { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(bits))); }

std::string Key::members() const {
  EVP_PKEY* const key = key_.get();
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    return fmt::format(R"("kty":"RSA","n":"{}","e":"{}")", base64url(big_number(key, OSSL_PKEY_PARAM_RSA_N, 0)),
                       base64url(big_number(key, OSSL_PKEY_PARAM_RSA_E, 0)));
  }
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    const bool small = EVP_PKEY_get_bits(key) == 256;
    const size_t size = small ? 32 : 48;
    return fmt::format(R"("kty":"EC","crv":"{}","x":"{}","y":"{}")", small ? "P-256" : "P-384",
                       base64url(big_number(key, OSSL_PKEY_PARAM_EC_PUB_X, size)),
                       base64url(big_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)));
  }
  std::string x(32, '\0');
  size_t size = x.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, raw(x), &size) == 1);
  return fmt::format(R"("kty":"OKP","crv":"Ed25519","x":"{}")", base64url(x));
}

std::string Key::jwk(const std::string& more) const { return "{" + members() + (more.empty() ? "" : "," + more) + "}"; }

std::string Key::private_jwk(const std::string& more) const {
  std::string d(32, '\0');
  size_t size = d.size();
  CHECK(EVP_PKEY_get_raw_private_key(key_.get(), raw(d), &size) == 1);
  return jwk(fmt::format(R"("d":"{}")", base64url(d)) + (more.empty() ? "" : "," + more));
}

std::string Key::pem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  CHECK(PEM_write_bio_PUBKEY(bio, key_.get()) == 1);
  return contents(bio);
}

std::string Key::der() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  CHECK(i2d_PUBKEY_bio(bio, key_.get()) == 1);
  return contents(bio);
}

std::string Key::sign(std::string_view algorithm, std::string_view bytes) const {
  if (algorithm == "EdDSA") return digest_sign(key_.get(), nullptr, false, bytes);
  if (algorithm == "ES256") return fixed_size(sign_der(bytes), 32);
  if (algorithm == "ES384") return fixed_size(digest_sign(key_.get(), "SHA384", false, bytes), 48);
  if (algorithm == "RS256") return digest_sign(key_.get(), "SHA256", false, bytes);
  if (algorithm == "RS512") return digest_sign(key_.get(), "SHA512", false, bytes);
  CHECK(algorithm == "PS256");
  return digest_sign(key_.get(), "SHA256", true, bytes);
}

std::string Key::sign_der(std::string_view bytes) const { return digest_sign(key_.get(), "SHA256", false, bytes); }

std::string hmac(const char* digest, std::string_view secret, std::string_view bytes) {
  std::string out(64, '\0');
  unsigned int size = 0;
  CHECK(HMAC(EVP_get_digestbyname(digest), secret.data(), static_cast<int>(secret.size()), raw(bytes), bytes.size(), raw(out), &size) !=
        nullptr);
  out.resize(size);
  return out;
}

std::string signing_input(std::string_view header, std::string_view payload) { return base64url(header) + "." + base64url(payload); }

std::string token(std::string_view header, std::string_view payload, const Key& key, std::string_view algorithm) {
  return with_signature(header, payload, key.sign(algorithm, signing_input(header, payload)));
}

std::string with_signature(std::string_view header, std::string_view payload, std::string_view signature) {
  return signing_input(header, payload) + "." + base64url(signature);
}

ClaimMap right_claims() {
  return {{"iss", in_quotes(kIssuer)}, {"aud", in_quotes(kAudience)}, {"sub", in_quotes("alice")},
          {"iat", std::to_string(kNowSeconds - 10)}, {"exp", std::to_string(kNowSeconds + 600)}};
}

std::string print(const ClaimMap& claims) {
  std::string out = "{";
  for (const auto& [name, json] : claims) out += (out.size() > 1 ? "," : "") + in_quotes(name) + ":" + json;
  return out + "}";
}

std::string print_with(const std::string& name, const std::string& json) {
  ClaimMap claims = right_claims();
  claims[name] = json;
  return print(claims);
}

std::string print_without(const std::string& name) {
  ClaimMap claims = right_claims();
  claims.erase(name);
  return print(claims);
}

std::string Keys::jwks() const {
  return fmt::format(R"({{"keys":[{},{},{}]}})", ed.jwk(R"("kid":"ed","alg":"EdDSA")"), ec.jwk(R"("kid":"ec","use":"sig")"),
                     rsa.jwk(R"("kid":"rsa","key_ops":["verify"])"));
}

std::string Keys::ed_token(std::string_view payload) const {
  return token(R"({"alg":"EdDSA","typ":"JWT","kid":"ed"})", payload, ed, "EdDSA");
}
std::string Keys::ec_token(std::string_view payload) const { return token(R"({"alg":"ES256","kid":"ec"})", payload, ec, "ES256"); }
std::string Keys::rsa_token(std::string_view payload) const {
  return token(R"({"kid":"rsa","typ":"at+jwt","alg":"RS256"})", payload, rsa, "RS256");
}

const Keys& keys() {
  static const Keys made;
  return made;
}

ClaimRules rules() {
  ClaimRules out;
  out.issuer = kIssuer;
  out.audience = kAudience;
  return out;
}

KeySet key_set() { return KeySet::parse(keys().jwks(), "keys.json").value(); }

}  // namespace civiclog::forge
