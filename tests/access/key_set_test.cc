#include "access/key_set.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/access/forge.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

using forge::keys;

std::string set_of(const std::string& keys_json) { return "{\"keys\":[" + keys_json + "]}"; }

std::string rsa_jwk(const std::string& n, const std::string& e) {
  return fmt::format(R"({{"kty":"RSA","kid":"a","n":"{}","e":"{}"}})", forge::base64url(n), forge::base64url(e));
}

struct WrongSet {
  const char* name;
  std::string json;
  const char* says;
};

void expect_refused(const std::vector<WrongSet>& sets) {
  for (const WrongSet& one : sets) {
    const auto set = KeySet::parse(one.json, "keys.json");
    ASSERT_FALSE(set) << one.name;
    EXPECT_EQ(set.error().code, ErrorCode::kInvalidArgument) << one.name;
    EXPECT_NE(set.error().message.find(one.says), std::string::npos) << one.name << ": " << set.error().message;
    EXPECT_NE(set.error().message.find("keys.json"), std::string::npos) << set.error().message;
  }
}

TEST(KeySet, A_file_with_all_three_kinds_of_keys_is_read) {
  const ScratchDirectory directory;
  const std::filesystem::path file = directory.path() / "keys.json";
  std::ofstream(file) << keys().jwks();
  const auto set = KeySet::read(file);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->size(), 3U);
  EXPECT_EQ(set->find("ed")->key.algorithm(), Algorithm::kEdDsa);
  EXPECT_EQ(set->find("ec")->key.algorithm(), Algorithm::kEs256);
  EXPECT_EQ(set->find("rsa")->key.algorithm(), Algorithm::kRs256);
  EXPECT_FALSE(set->find("ed")->bootstrap);
  EXPECT_EQ(set->find("eve"), nullptr);
  EXPECT_EQ(set->find(std::nullopt), nullptr);
}

TEST(KeySet, A_file_that_is_missing_or_no_file_is_named) {
  const ScratchDirectory directory;
  const auto missing = KeySet::read(directory.path() / "missing.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("missing.json"), std::string::npos);
  const auto folder = KeySet::read(directory.path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kInvalidArgument);
}

TEST(KeySet, A_document_that_is_no_key_set_is_refused) {
  const std::string ed = keys().ed.jwk("\"kid\":\"a\"");
  std::string many;
  for (size_t i = 0; i <= kMaxAcceptedKeys; ++i) many += (i > 0 ? "," : "") + keys().ed.jwk(fmt::format("\"kid\":\"{}\"", i));
  expect_refused({
      {"nothing", "", "key set is a JSON object"},
      {"no JSON", "keys:\n - kty", "line 1"},
      {"a mistake on line 3", "{\"keys\":\n[\n{]}", "line 3"},
      {"a list", "[" + ed + "]", "not an object"},
      {"a single key", ed, "list \"keys\""},
      {"keys an object", "{\"keys\":{}}", "list \"keys\""},
      {"a key that is a text", "{\"keys\":[\"a\"]}", "list \"keys\""},
      {"no key", set_of(""), "no key that signs"},
      {"keys twice", "{\"keys\":[],\"keys\":[" + ed + "]}", "duplicate"},
      {"a member of a key twice", set_of(keys().ed.jwk("\"kid\":\"a\",\"kid\":\"b\"")), "duplicate"},
      {"too many keys", set_of(many), "more than 64"},
      {"too long", set_of(ed + std::string(kMaxKeySetBytes, ' ')), "longer than"},
      {"something after it", set_of(ed) + "x", "line 1"},
  });
}

TEST(KeySet, A_key_that_must_not_verify_tokens_is_refused_by_its_place_and_name) {
  const std::string ed = keys().ed.jwk("\"kid\":\"a\"");
  const auto second = [&](const std::string& jwk) { return set_of(ed + "," + jwk); };
  expect_refused({
      {"symmetric", second(R"({"kty":"oct","kid":"b","k":"c2VjcmV0"})"), "key 1 (kid \"b\") is symmetric"},
      {"symmetric for encryption", second(R"({"kty":"oct","use":"enc","kid":"b","k":"c2VjcmV0"})"), "is symmetric"},
      {"k in another key", second(keys().ed.jwk("\"kid\":\"b\",\"k\":\"AA\"")), "is symmetric"},
      {"private", second(keys().ed.private_jwk("\"kid\":\"b\"")), "key 1 (kid \"b\") holds a private key"},
      {"private, for encryption", second(keys().ed.private_jwk("\"kid\":\"b\",\"use\":\"enc\"")), "holds a private key"},
      {"prime numbers", second(keys().rsa.jwk("\"kid\":\"b\",\"p\":\"AA\"")), "holds a private key"},
      {"no kty", second(R"({"kid":"b"})"), "accepted are OKP"},
      {"kty a number", second(R"({"kid":"b","kty":1})"), "accepted are OKP"},
      {"kty in other letters", second(R"({"kid":"b","kty":"rsa"})"), "accepted are OKP"},
      {"P-384", second(forge::Key::ec("P-384").jwk("\"kid\":\"b\"")), "crv \"P-384\""},
      {"secp256k1", second(R"({"kty":"EC","crv":"secp256k1","kid":"b","x":"AA","y":"AA"})"), "crv \"secp256k1\""},
      {"X25519", second(R"({"kty":"OKP","crv":"X25519","kid":"b","x":"AA"})"), "crv \"X25519\""},
      {"Ed448", second(R"({"kty":"OKP","crv":"Ed448","kid":"b","x":"AA"})"), "crv \"Ed448\""},
      {"a short x", second(R"({"kty":"OKP","crv":"Ed25519","kid":"b","x":"AAAA"})"), "3 bytes instead of 32"},
      {"no y", second(fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"b","x":"{}"}})", forge::base64url(std::string(32, 'a')))), "no \"y\""},
      {"padding", second(R"({"kty":"OKP","crv":"Ed25519","kid":"b","x":"AA=="})"), "base64url"},
      {"alg of another key", second(keys().ed.jwk("\"kid\":\"b\",\"alg\":\"RS256\"")), "other than EdDSA"},
      {"RS512", second(keys().rsa.jwk("\"kid\":\"b\",\"alg\":\"RS512\"")), "other than RS256"},
      {"alg null", second(keys().rsa.jwk("\"kid\":\"b\",\"alg\":null")), "other than RS256"},
      {"use unknown", second(keys().rsa.jwk("\"kid\":\"b\",\"use\":\"both\"")), "\"use\""},
      {"only to sign", second(keys().rsa.jwk("\"kid\":\"b\",\"key_ops\":[\"sign\"]")), "\"key_ops\""},
      {"key_ops a text", second(keys().rsa.jwk("\"kid\":\"b\",\"key_ops\":\"verify\"")), "\"key_ops\""},
      {"kid twice", second(keys().rsa.jwk("\"kid\":\"a\"")), "comes twice"},
      {"no kid", second(keys().rsa.jwk("")), "each needs a \"kid\""},
      {"an empty kid", second(keys().rsa.jwk("\"kid\":\"\"")), "\"kid\""},
      {"kid a number", second(keys().rsa.jwk("\"kid\":1")), "key 1 has a \"kid\""},
      {"a kid with a line feed and a tab", second(keys().rsa.jwk("\"kid\":\"a\\t\"")), "\"kid\""},
  });
}

TEST(KeySet, A_weak_or_odd_rsa_key_is_refused) {
  const std::string good_e("\1\0\1", 3);
  const std::string n2048 = "\xc0" + std::string(254, 'a') + "\x01";
  const std::string n2040 = n2048.substr(1);
  const std::string n2047 = "\x7f" + n2048.substr(1);
  ASSERT_TRUE(KeySet::parse(set_of(rsa_jwk(n2048, good_e)), "keys.json"));
  expect_refused({
      {"1,024 bits", set_of(forge::Key::rsa(1024).jwk("\"kid\":\"a\"")), "1024 bits"},
      {"2,047 bits", set_of(rsa_jwk(n2047, good_e)), "2047 bits"},
      {"zeros before 2,040 bits", set_of(rsa_jwk(std::string(8, '\0') + n2040, good_e)), "leading zeros"},
      {"16,384 bits", set_of(rsa_jwk(std::string(2048, '\xc1'), good_e)), "16384 bits"},
      {"exponent 1", set_of(rsa_jwk(n2048, "\1")), "exponent"},
      {"exponent 3", set_of(rsa_jwk(n2048, "\3")), "exponent"},
      {"an even exponent", set_of(rsa_jwk(n2048, std::string("\1\0\2", 3))), "exponent"},
      {"an exponent as large as the modulus", set_of(rsa_jwk(n2048, n2048)), "exponent"},
      {"an even modulus", set_of(rsa_jwk("\xc0" + std::string(255, '\2'), good_e)), "even"},
      {"no modulus", set_of(R"({"kty":"RSA","kid":"a","e":"AQAB"})"), "no \"n\""},
      {"an empty modulus", set_of(R"({"kty":"RSA","kid":"a","n":"","e":"AQAB"})"), "\"n\""},
  });
}

TEST(KeySet, Encryption_keys_certificates_and_links_beside_a_key_are_passed_over) {
  const std::string enc = keys().rsa.jwk(R"("kid":"a","use":"enc","alg":"RSA-OAEP")");
  const std::string linked = keys().ed.jwk(R"("kid":"b","x5u":"https://127.0.0.1:1/x","x5c":["no certificate"],"x5t":"AA","exp":1)");
  const auto set = KeySet::parse(set_of(enc + "," + linked), "keys.json");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->size(), 1U);
  EXPECT_EQ(set->find("a"), nullptr);
  EXPECT_NE(set->find("b"), nullptr);
  EXPECT_FALSE(KeySet::parse(set_of(enc), "keys.json")) << "No key for signatures.";
}

TEST(KeySet, The_installations_key_may_not_share_an_id) {
  KeySet set = forge::key_set();
  const PublicKey own = PublicKey::from_jwk(JsonObject::parse(forge::Key::ed25519().jwk("")).value()).value();
  const Status clash = set.add_installation_key("ed", own);
  ASSERT_FALSE(clash);
  EXPECT_EQ(clash.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(set.add_installation_key("own", own));
  EXPECT_TRUE(set.find("own")->bootstrap);
  EXPECT_EQ(set.find(std::nullopt), nullptr);
}

}  // namespace
}  // namespace civiclog
