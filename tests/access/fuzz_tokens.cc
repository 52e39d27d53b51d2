// Tokens, claims and key sets of any bytes. Input: one byte for what it is, then the text.
//
// A text as a token is refused unless it is, byte for byte, what the key signs for its payload; a text as a signed payload is judged
// alike by the verifier and by the rules on claims; a key set that is accepted finds its keys; an object is printed and read the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "access/compact_token.h"
#include "access/key_set.h"
#include "access/token_verifier.h"
#include "base/base64.h"
#include "base/check.h"

namespace {

using namespace civiclog;

constexpr Timestamp kNow{1'800'000'000'000};
// The example key pair of RFC 8037, appendix A.
constexpr const char* kJwk = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
                             R"("d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})";

const PrivateKey& signing_key() {
  static const PrivateKey key = PrivateKey::from_jwk(JsonObject::parse(kJwk).value()).value();
  return key;
}

const ClaimRules& rules() {
  static const ClaimRules once = [] {
    ClaimRules out;
    out.issuer = "https://id.example";
    out.audience = "civiclog";
    return out;
  }();
  return once;
}

// One per call: it remembers what it has verified.
TokenVerifier verifier() {
  const std::string jwks = std::string(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":")") +
                           signing_key().key_id() + R"("}]})";
  static const KeySet keys = KeySet::parse(jwks, "keys.json").value();
  return TokenVerifier(keys, rules());
}

void check_token(std::string_view text) {
  const auto token = CompactToken::parse(text);
  const auto verified = verifier().verify(text, kNow);
  if (!token) {
    CHECK(!verified);
    return;
  }
  CHECK(text.size() <= kMaxTokenBytes && (!token->key_id || token->key_id->size() <= kMaxKeyIdBytes));
  const size_t dot = text.find('.');
  CHECK(text.substr(dot + 1) == to_base64url(token->payload) + "." + to_base64url(token->signature));
  if (verified) CHECK(text == signing_key().sign(token->payload));
}

void check_payload(std::string_view payload) {
  if (payload.empty()) return;  // Is not signed at all.
  const std::string token = signing_key().sign(payload);
  const auto verified = verifier().verify(token, kNow);
  const auto object = JsonObject::parse(payload);
  if (token.size() > kMaxTokenBytes || !object) {
    CHECK(!verified);
    return;
  }
  const auto claims = check_claims(*object, rules(), kNow);
  CHECK(claims.has_value() == verified.has_value());
  if (!claims) return;
  CHECK(verified->subject == claims->subject && is_valid_subject(claims->subject) && !verified->bootstrap);
  CHECK(claims->valid_from <= kNow && kNow < claims->expires_at);
  CHECK(!verifier().verify(token, claims->expires_at));
}

void check_key_set(std::string_view text) {
  const Result<KeySet> keys = KeySet::parse(text, "keys.json");
  if (!keys) {
    CHECK(keys.error().code == ErrorCode::kInvalidArgument && keys.error().message.starts_with("keys.json"));
    return;
  }
  CHECK(keys->size() >= 1 && keys->size() <= kMaxAcceptedKeys && text.size() <= kMaxKeySetBytes);
  const auto list = JsonObject::parse(text)->objects("keys");
  size_t found = 0;
  for (const JsonObject& jwk : *list) {
    // Nothing secret is let through with the rest.
    CHECK(!jwk.has("d") && !jwk.has("k"));
    const auto id = jwk.text("kid");
    const AcceptedKey* key = keys->find(id ? std::optional<std::string>(*id) : std::nullopt);
    if (key != nullptr && jwk.text("use") != "enc") {
      CHECK(!key->bootstrap && key->id == id.value_or(""));
      CHECK(!key->key.verifies("a.b.c", std::string(64, '\0')));
      ++found;
    }
  }
  CHECK(found == keys->size());
}

void check_object(std::string_view text) {
  const auto object = JsonObject::parse(text);
  if (!object) return;
  const std::string printed = object->print();
  const auto again = JsonObject::parse(printed);
  CHECK(again && again->print() == printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: check_token(text); break;
    case 1: check_payload(text); break;
    case 2: check_key_set(text); break;
    default: check_object(text); break;
  }
  return 0;
}
