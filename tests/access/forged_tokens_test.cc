#include <set>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/access/forge.h"

// Tokens that nobody who holds a private key has signed as they are, or that are no tokens of ours. None may be accepted.

namespace civiclog {
namespace {

using forge::keys;

struct Forgery {
  std::string name;
  std::string token;
  Refusal reason;
};

std::string payload() { return forge::print(forge::right_claims()); }

std::string ed_with_header(const std::string& header) { return forge::token(header, payload(), keys().ed, "EdDSA"); }

void expect_refused(const std::vector<Forgery>& forgeries, size_t at_least) {
  TokenVerifier verifier(forge::key_set(), forge::rules());
  std::set<std::string> names;
  for (const Forgery& forgery : forgeries) {
    names.insert(forgery.name);
    for (int again = 0; again < 2; ++again) {
      const auto verified = verifier.verify(forgery.token, forge::kNow);
      ASSERT_FALSE(verified) << forgery.name << " was accepted";
      EXPECT_STREQ(name_of(verified.error()), name_of(forgery.reason)) << forgery.name;
    }
  }
  EXPECT_EQ(verifier.verified_tokens(), 0U);
  EXPECT_GE(names.size(), at_least);
}

std::vector<std::string> letter_cases(const std::string& word) {
  std::vector<std::string> out;
  for (unsigned bits = 0; bits < 1U << word.size(); ++bits) {
    std::string one = word;
    for (size_t i = 0; i < word.size(); ++i) {
      if ((bits >> i & 1) != 0) one[i] = static_cast<char>(one[i] - 'a' + 'A');
    }
    out.push_back(one);
  }
  return out;
}

TEST(ForgedTokens, Without_a_signature_are_refused_however_none_is_spelled) {
  std::vector<Forgery> forgeries;
  for (const std::string& none : letter_cases("none")) {
    for (const char* kid : {"", R"(,"kid":"ed")", R"(,"kid":"rsa")"}) {
      const std::string header = fmt::format(R"({{"alg":"{}"{}}})", none, kid);
      const std::string bare = forge::signing_input(header, payload());
      forgeries.push_back({none + kid + " with an empty signature", bare + ".", Refusal::kNotThreeParts});
      forgeries.push_back({none + kid + " with no signature", bare, Refusal::kNotThreeParts});
      forgeries.push_back({none + kid + " with another signature", bare + ".AAAA", Refusal::kAlgorithmNotAllowed});
    }
  }
  forgeries.push_back({"no alg", ed_with_header(R"({"kid":"ed"})"), Refusal::kAlgorithmNotAllowed});
  forgeries.push_back({"an empty alg", ed_with_header(R"({"alg":"","kid":"ed"})"), Refusal::kAlgorithmNotAllowed});
  forgeries.push_back({"alg null", ed_with_header(R"({"alg":null,"kid":"ed"})"), Refusal::kBadHeader});
  forgeries.push_back({"alg a number", ed_with_header(R"({"alg":11,"kid":"ed"})"), Refusal::kBadHeader});
  forgeries.push_back({"alg a list", ed_with_header(R"({"alg":["EdDSA"],"kid":"ed"})"), Refusal::kBadHeader});
  forgeries.push_back({"alg in other letters", ed_with_header(R"({"alg":"EDDSA","kid":"ed"})"), Refusal::kAlgorithmNotAllowed});
  forgeries.push_back({"alg with a space", ed_with_header(R"({"alg":"EdDSA ","kid":"ed"})"), Refusal::kAlgorithmNotAllowed});
  expect_refused(forgeries, 150);
}

TEST(ForgedTokens, With_a_public_key_as_the_secret_are_refused) {
  std::vector<Forgery> forgeries;
  const std::vector<std::pair<const char*, const forge::Key*>> all = {{"ed", &keys().ed}, {"ec", &keys().ec}, {"rsa", &keys().rsa}};
  for (const auto& [kid, key] : all) {
    for (const char* bits : {"256", "384", "512"}) {
      const std::string header = fmt::format(R"({{"alg":"HS{}","kid":"{}"}})", bits, kid);
      const std::string digest = fmt::format("SHA{}", bits);
      const std::vector<std::pair<const char*, std::string>> secrets = {
          {"PEM", key->pem()}, {"DER", key->der()}, {"JWK", key->jwk("")}, {"JWK with kid", key->jwk(fmt::format(R"("kid":"{}")", kid))},
          {"nothing", ""}};
      for (const auto& [form, secret] : secrets) {
        const std::string mac = forge::hmac(digest.c_str(), secret, forge::signing_input(header, payload()));
        forgeries.push_back({fmt::format("HS{} with {} as {}", bits, kid, form), forge::with_signature(header, payload(), mac),
                             Refusal::kAlgorithmNotAllowed});
        const std::string lie = fmt::format(R"({{"alg":"{}","kid":"{}"}})", kid[0] == 'r' ? "RS256" : kid[1] == 'c' ? "ES256" : "EdDSA", kid);
        const std::string lying_mac = forge::hmac(digest.c_str(), secret, forge::signing_input(lie, payload()));
        forgeries.push_back({fmt::format("{} signed by HS{} with {}", kid, bits, form), forge::with_signature(lie, payload(), lying_mac),
                             Refusal::kBadSignature});
      }
    }
  }
  expect_refused(forgeries, 90);
}

TEST(ForgedTokens, Of_another_key_or_algorithm_are_refused) {
  const forge::Key stranger = forge::Key::ed25519();
  const forge::Key strange_ec = forge::Key::ec("P-256");
  const forge::Key big_ec = forge::Key::ec("P-384");
  const forge::Key strange_rsa = forge::Key::rsa(2048);
  const auto one = [&](const std::string& header, const forge::Key& key, const char* algorithm) {
    return forge::token(header, payload(), key, algorithm);
  };
  const std::string ed = R"({"alg":"EdDSA","kid":"ed"})";
  const std::string ec = R"({"alg":"ES256","kid":"ec"})";
  const std::string rsa = R"({"alg":"RS256","kid":"rsa"})";
  expect_refused(
      {
          {"a stranger's Ed25519 key", one(ed, stranger, "EdDSA"), Refusal::kBadSignature},
          {"a stranger's P-256 key", one(ec, strange_ec, "ES256"), Refusal::kBadSignature},
          {"a stranger's RSA key", one(rsa, strange_rsa, "RS256"), Refusal::kBadSignature},
          {"ES384 with a P-384 key", one(R"({"alg":"ES384","kid":"ec"})", big_ec, "ES384"), Refusal::kAlgorithmNotAllowed},
          {"ES256 named, P-384 used", one(ec, big_ec, "ES384"), Refusal::kBadSignature},
          {"RS512 with the right key", one(R"({"alg":"RS512","kid":"rsa"})", keys().rsa, "RS512"), Refusal::kAlgorithmNotAllowed},
          {"PS256 with the right key", one(R"({"alg":"PS256","kid":"rsa"})", keys().rsa, "PS256"), Refusal::kAlgorithmNotAllowed},
          {"RS256 named, RS512 used", one(rsa, keys().rsa, "RS512"), Refusal::kBadSignature},
          {"RS256 named, PS256 used", one(rsa, keys().rsa, "PS256"), Refusal::kBadSignature},
          {"ES256K", one(R"({"alg":"ES256K","kid":"ec"})", keys().ec, "ES256"), Refusal::kAlgorithmNotAllowed},
          {"RS256 with the kid of the EC key", one(R"({"alg":"RS256","kid":"ec"})", keys().rsa, "RS256"), Refusal::kAlgorithmOfAnotherKey},
          {"ES256 with the kid of the RSA key", one(R"({"alg":"ES256","kid":"rsa"})", keys().ec, "ES256"), Refusal::kAlgorithmOfAnotherKey},
          {"EdDSA with the kid of the EC key", one(R"({"alg":"EdDSA","kid":"ec"})", keys().ed, "EdDSA"), Refusal::kAlgorithmOfAnotherKey},
          {"an unknown kid", one(R"({"alg":"EdDSA","kid":"eve"})", keys().ed, "EdDSA"), Refusal::kUnknownKey},
          {"kid in other letters", one(R"({"alg":"EdDSA","kid":"ED"})", keys().ed, "EdDSA"), Refusal::kUnknownKey},
          {"an empty kid", one(R"({"alg":"EdDSA","kid":""})", keys().ed, "EdDSA"), Refusal::kUnknownKey},
          {"kid as a path", one(R"({"alg":"EdDSA","kid":"../../dev/null"})", keys().ed, "EdDSA"), Refusal::kUnknownKey},
          {"kid with a NUL", one(R"({"alg":"EdDSA","kid":"ed\u0000"})", keys().ed, "EdDSA"), Refusal::kBadHeader},
          {"kid a number", one(R"({"alg":"EdDSA","kid":0})", keys().ed, "EdDSA"), Refusal::kBadHeader},
          {"kid null", one(R"({"alg":"EdDSA","kid":null})", keys().ed, "EdDSA"), Refusal::kBadHeader},
          {"a long kid", one(fmt::format(R"({{"alg":"EdDSA","kid":"{}"}})", std::string(kMaxKeyIdBytes + 1, 'a')), keys().ed, "EdDSA"),
           Refusal::kBadHeader},
          {"no kid among several keys", one(R"({"alg":"EdDSA"})", keys().ed, "EdDSA"), Refusal::kNoKeyId},
      },
      22);
}

TEST(ForgedTokens, That_bring_a_key_or_change_what_bytes_mean_are_refused) {
  const forge::Key attacker = forge::Key::ed25519();
  const auto brings = [&](const std::string& parameters) {
    return forge::token(fmt::format(R"({{"alg":"EdDSA","kid":"ed",{}}})", parameters), payload(), attacker, "EdDSA");
  };
  const auto ours = [&](const std::string& parameters) { return ed_with_header(fmt::format(R"({{"alg":"EdDSA","kid":"ed",{}}})", parameters)); };
  const std::string embedded = fmt::format(R"("jwk":{})", attacker.jwk(R"("kid":"ed")"));
  expect_refused(
      {
          {"the attacker's jwk", brings(embedded), Refusal::kEmbeddedKey},
          {"the attacker's jwk without kid", forge::token(fmt::format(R"({{"alg":"EdDSA",{}}})", embedded), payload(), attacker, "EdDSA"),
           Refusal::kEmbeddedKey},
          {"our own jwk", ours(fmt::format(R"("jwk":{})", keys().ed.jwk(R"("kid":"ed")"))), Refusal::kEmbeddedKey},
          {"jwk null", ours(R"("jwk":null)"), Refusal::kEmbeddedKey},
          {"jku", brings(R"("jku":"https://127.0.0.1:1/keys")"), Refusal::kEmbeddedKey},
          {"jku to a file", brings(R"("jku":"file:///etc/passwd")"), Refusal::kEmbeddedKey},
          {"x5u", brings(R"("x5u":"https://127.0.0.1:1/certificate")"), Refusal::kEmbeddedKey},
          {"x5c", brings(R"("x5c":["AAAA"])"), Refusal::kEmbeddedKey},
          {"an empty x5c", ours(R"("x5c":[])"), Refusal::kEmbeddedKey},
          {"crit", ours(R"("crit":["exp"],"exp":1)"), Refusal::kCriticalExtension},
          {"an empty crit", ours(R"("crit":[])"), Refusal::kCriticalExtension},
          {"an unencoded payload", ours(R"("b64":false,"crit":["b64"])"), Refusal::kCriticalExtension},
          {"b64 alone", ours(R"("b64":true)"), Refusal::kCriticalExtension},
          {"a compressed payload", ours(R"("zip":"DEF")"), Refusal::kCriticalExtension},
          {"a nested token", ours(R"("cty":"JWT")"), Refusal::kCriticalExtension},
          {"typ of a logout token", ours(R"("typ":"logout+jwt")"), Refusal::kWrongType},
          {"typ of a proof of possession", ours(R"("typ":"dpop+jwt")"), Refusal::kWrongType},
          {"typ JOSE", ours(R"("typ":"JOSE")"), Refusal::kWrongType},
          {"an empty typ", ours(R"("typ":"")"), Refusal::kWrongType},
          {"typ a number", ours(R"("typ":1)"), Refusal::kBadHeader},
          {"alg twice", ours(R"("alg":"EdDSA")"), Refusal::kDuplicateName},
          {"kid twice", forge::token(R"({"alg":"EdDSA","kid":"eve","kid":"ed"})", payload(), keys().ed, "EdDSA"), Refusal::kDuplicateName},
          {"alg twice, once escaped", ours(R"("\u0061lg":"none")"), Refusal::kDuplicateName},
          {"a header that is a list", ed_with_header(R"(["EdDSA"])"), Refusal::kBadHeader},
          {"a header that is a text", ed_with_header(R"("EdDSA")"), Refusal::kBadHeader},
          {"a header with something after it", ed_with_header(R"({"alg":"EdDSA","kid":"ed"}{})"), Refusal::kBadHeader},
          {"a header with a NUL after it", ed_with_header(std::string("{\"alg\":\"EdDSA\",\"kid\":\"ed\"}\0", 28)), Refusal::kBadHeader},
          {"a header with a byte order mark", ed_with_header("\xef\xbb\xbf{\"alg\":\"EdDSA\",\"kid\":\"ed\"}"), Refusal::kBadHeader},
          {"a header that is not UTF-8", ed_with_header("{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"x\":\"\xff\"}"), Refusal::kBadHeader},
          {"a header that nests deeply", ours(fmt::format(R"("a":{}{})", std::string(2000, '['), std::string(2000, ']'))), Refusal::kBadHeader},
      },
      30);
}

TEST(ForgedTokens, With_a_signature_in_another_form_are_refused) {
  const std::string ed = R"({"alg":"EdDSA","kid":"ed"})";
  const std::string ec = R"({"alg":"ES256","kid":"ec"})";
  const std::string rsa = R"({"alg":"RS256","kid":"rsa"})";
  const std::string input = forge::signing_input(ec, payload());
  const std::string ed_signature = keys().ed.sign("EdDSA", forge::signing_input(ed, payload()));
  const std::string ec_signature = keys().ec.sign("ES256", input);
  const std::string rsa_signature = keys().rsa.sign("RS256", forge::signing_input(rsa, payload()));
  const std::string zeros(16, '\0');
  const std::string wide = zeros + ec_signature.substr(0, 32) + zeros + ec_signature.substr(32);
  const std::string no_r = std::string(32, '\0') + ec_signature.substr(32);
  const std::string no_s = ec_signature.substr(0, 32) + std::string(32, '\0');
  const auto with = [&](const std::string& header, const std::string& signature) { return forge::with_signature(header, payload(), signature); };
  const std::string order = std::string("\xff\xff\xff\xff\0\0\0\0", 8) + std::string(8, '\xff') +
                              "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
  ASSERT_EQ(order.size(), 32U);
  const std::string swapped = ec_signature.substr(32) + ec_signature.substr(0, 32);
  expect_refused(
      {
          {"a truncated Ed25519 signature", with(ed, ed_signature.substr(0, 63)), Refusal::kBadSignature},
          {"a longer Ed25519 signature", with(ed, ed_signature + '\0'), Refusal::kBadSignature},
          {"an Ed25519 signature of zeros", with(ed, std::string(64, '\0')), Refusal::kBadSignature},
          {"a truncated ES256 signature", with(ec, ec_signature.substr(0, 63)), Refusal::kBadSignature},
          {"a DER signature", with(ec, keys().ec.sign_der(input)), Refusal::kBadSignature},
          {"r and s of zero", with(ec, std::string(64, '\0')), Refusal::kBadSignature},
          {"r of zero", with(ec, no_r), Refusal::kBadSignature},
          {"s of zero", with(ec, no_s), Refusal::kBadSignature},
          {"r and s the order of the curve", with(ec, order + order), Refusal::kBadSignature},
          {"r and s with leading zeros, as for P-384", with(ec, wide), Refusal::kBadSignature},
          {"r and s exchanged", with(ec, swapped), Refusal::kBadSignature},
          {"a truncated RS256 signature", with(rsa, rsa_signature.substr(0, 255)), Refusal::kBadSignature},
          {"an RS256 signature with a zero before it", with(rsa, '\0' + rsa_signature), Refusal::kBadSignature},
          {"an RS256 signature of zeros", with(rsa, std::string(256, '\0')), Refusal::kBadSignature},
          {"an RS256 signature of one", with(rsa, std::string(255, '\0') + '\1'), Refusal::kBadSignature},
          {"one byte of signature", with(ed, "a"), Refusal::kBadSignature},
          {"the signature of another token", with(ed, keys().ed.sign("EdDSA", forge::signing_input(ed, forge::print_with("sub", "\"bob\"")))),
           Refusal::kBadSignature},
          {"the signature of the payload alone", with(ed, keys().ed.sign("EdDSA", forge::base64url(payload()))), Refusal::kBadSignature},
          {"the Ed25519 signature on the ES256 token", with(ec, ed_signature), Refusal::kBadSignature},
      },
      19);
}

TEST(ForgedTokens, In_another_shape_are_refused) {
  const std::string right = keys().ed_token(payload());
  const size_t first = right.find('.');
  const size_t second = right.rfind('.');
  const std::string header = right.substr(0, first);
  const std::string body = right.substr(first + 1, second - first - 1);
  const std::string signature = right.substr(second + 1);
  std::string left_over = right;
  left_over.back() = left_over.back() == 'Z' ? 'a' : static_cast<char>(left_over.back() + 1);
  std::vector<Forgery> forgeries = {
      {"nothing", "", Refusal::kNotThreeParts},
      {"two dots", "..", Refusal::kNotThreeParts},
      {"one part", header, Refusal::kNotThreeParts},
      {"two parts", header + "." + body, Refusal::kNotThreeParts},
      {"an empty signature", header + "." + body + ".", Refusal::kNotThreeParts},
      {"an empty header", "." + body + "." + signature, Refusal::kNotThreeParts},
      {"an empty payload", header + ".." + signature, Refusal::kNotThreeParts},
      {"four parts", right + "." + signature, Refusal::kNotThreeParts},
      {"a dot after it", right + ".", Refusal::kNotThreeParts},
      {"a dot before it", "." + right, Refusal::kNotThreeParts},
      {"doubled dots", header + ".." + body + "." + signature, Refusal::kNotThreeParts},
      {"an encrypted token", header + "." + body + "." + body + "." + body + "." + signature, Refusal::kNotThreeParts},
      {"JSON serialisation", fmt::format(R"({{"protected":"{}","payload":"{}","signature":"{}"}})", header, body, signature), Refusal::kNotThreeParts},
      {"the word Bearer", "Bearer " + right, Refusal::kBadEncoding},
      {"a space before it", " " + right, Refusal::kBadEncoding},
      {"a space after it", right + " ", Refusal::kBadEncoding},
      {"a line feed after it", right + "\n", Refusal::kBadEncoding},
      {"a line feed within", header + ".\n" + body + "." + signature, Refusal::kBadEncoding},
      {"a tab within", header + "." + body + ".\t" + signature, Refusal::kBadEncoding},
      {"padding", right + "==", Refusal::kBadEncoding},
      {"one sign of padding", right + "=", Refusal::kBadEncoding},
      {"padded header", header + "=." + body + "." + signature, Refusal::kBadEncoding},
      {"bits left over", left_over, Refusal::kBadEncoding},
      {"the other base64 alphabet", header + "." + body + "." + signature.substr(0, 84) + "+A", Refusal::kBadEncoding},
      {"a NUL after it", right + '\0', Refusal::kBadEncoding},
      {"a NUL and more after it", right + std::string("\0abc", 4), Refusal::kBadEncoding},
      {"percent encoding", header + "%2E" + body + "." + signature, Refusal::kNotThreeParts},
      {"not ASCII", header + "." + body + "." + signature + "\xc3\xa9", Refusal::kBadEncoding},
      {"a megabyte", std::string(1'000'000, 'a'), Refusal::kTooLong},
      {"a megabyte of dots", std::string(1'000'000, '.'), Refusal::kTooLong},
      {"a right token of a megabyte", keys().ed_token(forge::print_with("x", fmt::format("\"{}\"", std::string(1'000'000, 'a')))),
       Refusal::kTooLong},
      {"8,192 dots", std::string(kMaxTokenBytes, '.'), Refusal::kNotThreeParts},
  };
  expect_refused(forgeries, forgeries.size());
}

TEST(ForgedTokens, Any_one_character_changed_is_noticed) {
  TokenVerifier verifier(forge::key_set(), forge::rules());
  for (const std::string& right : {keys().ed_token(payload()), keys().ec_token(payload()), keys().rsa_token(payload())}) {
    for (size_t i = 0; i < right.size(); ++i) {
      std::string changed = right;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(verifier.verify(changed, forge::kNow)) << i;
      EXPECT_FALSE(verifier.verify(right.substr(0, i), forge::kNow)) << i;
    }
    EXPECT_TRUE(verifier.verify(right, forge::kNow));
  }
}

}  // namespace
}  // namespace civiclog
