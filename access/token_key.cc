#include "access/token_key.h"

#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <rhonabwy.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"

namespace civiclog {
namespace {

constexpr size_t kEcCoordinateSize = 32;
constexpr size_t kEd25519KeySize = 32;
constexpr size_t kEd25519SignatureSize = 64;
constexpr size_t kEs256SignatureSize = 64;
constexpr uint64_t kMinRsaExponent = 65'537;
constexpr size_t kMaxRsaExponentSize = 4;

struct FreeJws {
  void operator()(jws_t* jws) const { r_jws_free(jws); }
};
using Jws = std::unique_ptr<jws_t, FreeJws>;

// Not thread-safe in the library itself.
void start_library() {
  static std::once_flag once;
  std::call_once(once, [] { CHECK(r_global_init() == RHN_OK); });
}

std::shared_ptr<json_t> new_jwk() {
  start_library();
  jwk_t* jwk = nullptr;
  CHECK(r_jwk_init(&jwk) == RHN_OK);
  return {jwk, r_jwk_free};
}

void set_member(json_t* jwk, const char* name, std::string_view value) {
  CHECK(r_jwk_set_property_str(jwk, name, std::string(value).c_str()) == RHN_OK);
}

std::string member_of(json_t* jwk, const char* name) {
  const char* const value = r_jwk_get_property_str(jwk, name);
  CHECK(value != nullptr);
  return value;
}

Jws new_jws() {
  start_library();
  jws_t* jws = nullptr;
  CHECK(r_jws_init(&jws) == RHN_OK);
  return Jws(jws);
}

jwa_alg library_algorithm(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEdDsa: return R_JWA_ALG_EDDSA;
    case Algorithm::kEs256: return R_JWA_ALG_ES256;
    case Algorithm::kRs256: return R_JWA_ALG_RS256;
  }
  return R_JWA_ALG_UNKNOWN;
}

Result<std::string> number_of(const JsonObject& jwk, const char* name) {
  const auto text = jwk.text(name);
  if (!text) return invalid_argument(fmt::format("has no \"{}\" in text form", name));
  auto bytes = from_base64url(*text);
  if (!bytes || bytes->empty()) return invalid_argument(fmt::format("has a \"{}\" that is not base64url without padding", name));
  return *std::move(bytes);
}

Status check_size(const JsonObject& jwk, const char* name, size_t size) {
  const auto bytes = number_of(jwk, name);
  if (!bytes) return bytes.error();
  if (bytes->size() == size) return {};
  return invalid_argument(fmt::format("has a \"{}\" of {} bytes instead of {}", name, bytes->size(), size));
}

size_t bits_of(std::string_view number) {
  size_t bits = number.size() * 8;
  for (unsigned first = static_cast<uint8_t>(number[0]); first < 0x80 && bits > 0; first <<= 1) --bits;
  return bits;
}

bool is_odd(std::string_view number) { return (static_cast<uint8_t>(number.back()) & 1) == 1; }

// The size of a signature, which is that of the modulus.
Result<size_t> check_rsa(const JsonObject& jwk) {
  const auto modulus = number_of(jwk, "n");
  if (!modulus) return modulus.error();
  const auto exponent = number_of(jwk, "e");
  if (!exponent) return exponent.error();
  if (modulus->front() == 0 || exponent->front() == 0) return invalid_argument("has a number with leading zeros");
  const size_t bits = bits_of(*modulus);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return invalid_argument(fmt::format("has {} bits; RSA keys must have {} to {}", bits, kMinRsaBits, kMaxRsaBits));
  }
  uint64_t value = 0;
  if (exponent->size() <= kMaxRsaExponentSize) {
    for (const char byte : *exponent) value = value << 8 | static_cast<uint8_t>(byte);
  }
  if (value < kMinRsaExponent || !is_odd(*exponent)) {
    return invalid_argument(fmt::format("has a weak or too large exponent; use {}", kMinRsaExponent));
  }
  if (!is_odd(*modulus)) return invalid_argument("has an even modulus");
  return modulus->size();
}

Status refuse_secrets(const JsonObject& jwk) {
  if (jwk.text("kty") == "oct" || jwk.has("k")) {
    return invalid_argument("is symmetric; whoever can check its tokens could also forge them");
  }
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    if (jwk.has(name)) return invalid_argument("holds a private key; keep that secret and give only the public half");
  }
  return {};
}

Status check_kind(const JsonObject& jwk, const char* type, const char* curve) {
  const auto found_type = jwk.text("kty").value_or("");
  const auto found_curve = jwk.text("crv").value_or("");
  if (found_type == type && found_curve == curve) return {};
  return invalid_argument(fmt::format("has kty \"{}\" and crv \"{}\"; accepted are OKP with Ed25519, EC with P-256, and RSA",
                                      found_type, found_curve));
}

std::string thumbprint(std::string_view x) {
  return to_base64url(view(sha256(fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", x))));
}

}  // namespace

const char* name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEdDsa: return "EdDSA";
    case Algorithm::kEs256: return "ES256";
    case Algorithm::kRs256: return "RS256";
  }
  return "unknown";
}

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const Algorithm algorithm : {Algorithm::kEdDsa, Algorithm::kEs256, Algorithm::kRs256}) {
    if (name == name_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

Result<PublicKey> PublicKey::from_jwk(const JsonObject& jwk) {
  if (Status status = refuse_secrets(jwk); !status) return status.error();
  const std::shared_ptr<json_t> rebuilt = new_jwk();
  const auto copy = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) set_member(rebuilt.get(), name, *jwk.text(name));
  };
  if (jwk.text("kty") == "RSA") {
    const auto size = check_rsa(jwk);
    if (!size) return size.error();
    copy({"kty", "n", "e"});
    return PublicKey(Algorithm::kRs256, *size, rebuilt);
  }
  if (jwk.text("kty") == "EC") {
    if (Status status = check_kind(jwk, "EC", "P-256"); !status) return status.error();
    for (const char* name : {"x", "y"}) {
      if (Status status = check_size(jwk, name, kEcCoordinateSize); !status) return status.error();
    }
    copy({"kty", "crv", "x", "y"});
    return PublicKey(Algorithm::kEs256, kEs256SignatureSize, rebuilt);
  }
  if (Status status = check_kind(jwk, "OKP", "Ed25519"); !status) return status.error();
  if (Status status = check_size(jwk, "x", kEd25519KeySize); !status) return status.error();
  copy({"kty", "crv", "x"});
  return PublicKey(Algorithm::kEdDsa, kEd25519SignatureSize, rebuilt);
}

bool PublicKey::verifies(std::string_view token, std::string_view signature) const {
  // The library guesses the curve from the signature's length and would take 96 bytes with leading zeros for P-256.
  if (signature.size() != signature_size_) return false;
  const Jws jws = new_jws();
  const int parsed = r_jws_advanced_compact_parsen(jws.get(), token.data(), token.size(), R_PARSE_NONE, R_FLAG_IGNORE_REMOTE);
  if (parsed != RHN_OK || r_jws_get_alg(jws.get()) != library_algorithm(algorithm_)) return false;
  return r_jws_verify_signature(jws.get(), jwk_.get(), R_FLAG_IGNORE_REMOTE) == RHN_OK;
}

PrivateKey::PrivateKey(std::string x, std::string d, PublicKey public_key)
    : x_(std::move(x)), d_(std::move(d)), key_id_(thumbprint(x_)), public_key_(std::move(public_key)), jwk_(new_jwk()) {
  set_member(jwk_.get(), "kty", "OKP");
  set_member(jwk_.get(), "crv", "Ed25519");
  set_member(jwk_.get(), "x", x_);
  set_member(jwk_.get(), "d", d_);
}

PrivateKey PrivateKey::generate() {
  const std::shared_ptr<json_t> made = new_jwk();
  const std::shared_ptr<json_t> ignored = new_jwk();
  CHECK(r_jwk_generate_key_pair(made.get(), ignored.get(), R_KEY_TYPE_EDDSA, 256, nullptr) == RHN_OK);
  JsonObject jwk;
  for (const char* name : {"kty", "crv", "x", "d"}) jwk.set(name, member_of(made.get(), name));
  jwk.set("kid", thumbprint(*jwk.text("x")));
  Result<PrivateKey> out = from_jwk(jwk);
  CHECK(out.has_value());
  return *std::move(out);
}

Result<PrivateKey> PrivateKey::from_jwk(const JsonObject& jwk) {
  if (Status status = check_kind(jwk, "OKP", "Ed25519"); !status) return status.error();
  for (const char* name : {"x", "d"}) {
    if (Status status = check_size(jwk, name, kEd25519KeySize); !status) return status.error();
  }
  const std::string x(*jwk.text("x"));
  JsonObject half;
  for (const char* name : {"kty", "crv", "x"}) half.set(name, *jwk.text(name));
  Result<PublicKey> public_key = PublicKey::from_jwk(half);
  if (!public_key) return public_key.error();
  PrivateKey out(x, std::string(*jwk.text("d")), *std::move(public_key));
  if (jwk.text("kid") != out.key_id_) return invalid_argument("has a \"kid\" that is not the thumbprint of its public half");
  const std::string probe = out.sign("{}");
  const auto signature = from_base64url(std::string_view(probe).substr(probe.rfind('.') + 1));
  if (!signature || !out.public_key_.verifies(probe, *signature)) {
    return invalid_argument("has two halves that do not belong together");
  }
  return out;
}

JsonObject PrivateKey::jwk() const {
  JsonObject out;
  out.set("kty", "OKP");
  out.set("crv", "Ed25519");
  out.set("x", x_);
  out.set("d", d_);
  out.set("kid", key_id_);
  return out;
}

std::string PrivateKey::sign(std::string_view payload) const {
  const Jws jws = new_jws();
  CHECK(r_jws_set_alg(jws.get(), R_JWA_ALG_EDDSA) == RHN_OK);
  CHECK(r_jws_set_header_str_value(jws.get(), "typ", "JWT") == RHN_OK);
  CHECK(r_jws_set_header_str_value(jws.get(), "kid", key_id_.c_str()) == RHN_OK);
  CHECK(r_jws_set_payload(jws.get(), reinterpret_cast<const unsigned char*>(payload.data()), payload.size()) == RHN_OK);
  char* const token = r_jws_serialize(jws.get(), jwk_.get(), R_FLAG_IGNORE_REMOTE);
  CHECK(token != nullptr);
  std::string out(token);
  r_free(token);
  return out;
}

}  // namespace civiclog
