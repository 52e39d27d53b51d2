#include "access/token_verifier.h"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/access/forge.h"

namespace civiclog {
namespace {

using forge::keys;
using forge::kNow;
using forge::print_with;
using forge::print_without;

std::string right_payload() { return forge::print(forge::right_claims()); }
std::string for_subject(const std::string& subject) { return keys().ed_token(print_with("sub", "\"" + subject + "\"")); }
JsonObject own_jwk() { return JsonObject::parse(forge::Key::ed25519().jwk("")).value(); }
Timestamp later(int64_t seconds, int64_t ms = 0) { return {kNow.ms + seconds * 1000 + ms}; }

TEST(TokenVerifier, Right_tokens_of_all_three_algorithms_are_accepted) {
  TokenVerifier verifier(forge::key_set(), forge::rules());
  for (const std::string& token : {keys().ed_token(right_payload()), keys().ec_token(right_payload()), keys().rsa_token(right_payload())}) {
    const VerifiedToken expected{"alice", false, later(-70), later(600)};
    EXPECT_EQ(verifier.verify(token, kNow), expected);
    EXPECT_EQ(verifier.verify(token, kNow), expected) << "from memory";
  }
  EXPECT_EQ(verifier.verified_tokens(), 3U);
}

TEST(TokenVerifier, Small_and_odd_but_right_tokens_are_accepted) {
  TokenVerifier verifier(forge::key_set(), forge::rules());
  const std::vector<std::string> payloads = {
      print_without("iat"),
      print_with("aud", "[\"shop.example\",\"civiclog.example\"]"),
      print_with("aud", "[\"civiclog.example\"]"),
      print_with("iat", std::to_string(forge::kNowSeconds + 60)),
      print_with("nbf", std::to_string(forge::kNowSeconds + 60)),
      print_with("nbf", "0"),
      print_with("exp", "253402300799"),
      print_with("exp", std::to_string(forge::kNowSeconds + 1)),
      print_with("sub", "\"J\xc3\xbcrgen \xe6\x9d\x8e\""),
      print_with("sub", fmt::format("\"{}\"", std::string(kMaxSubjectBytes, 'a'))),
      print_with("scope", "{\"a\":[1,2.5,null,true],\"\":\"\"}"),
      " \r\n\t" + right_payload() + "\n",
  };
  for (const std::string& payload : payloads) EXPECT_TRUE(verifier.verify(keys().ec_token(payload), kNow)) << payload;
  for (const char* header : {R"({"alg":"EdDSA","kid":"ed","typ":"jwt"})", R"({"alg":"EdDSA","kid":"ed","typ":"application/at+JWT"})",
                             R"({"alg":"EdDSA","kid":"ed","x5t":"AAAA","private":{"a":1}})"}) {
    EXPECT_TRUE(verifier.verify(forge::token(header, right_payload(), keys().ed, "EdDSA"), kNow)) << header;
  }
}

TEST(TokenVerifier, Es256_signatures_with_short_numbers_are_accepted) {
  // One in 128 has a zero at the front of r or s.
  TokenVerifier verifier(forge::key_set(), forge::rules());
  bool seen = false;
  for (int i = 0; i < 2000 && !seen; ++i) {
    const std::string header = R"({"alg":"ES256","kid":"ec"})";
    const std::string signature = keys().ec.sign("ES256", forge::signing_input(header, right_payload()));
    if (signature[0] != 0 && signature[32] != 0) continue;
    seen = true;
    EXPECT_TRUE(verifier.verify(forge::with_signature(header, right_payload(), signature), kNow));
  }
  EXPECT_TRUE(seen);
}

TEST(TokenVerifier, A_token_without_kid_means_the_only_key_of_the_file) {
  KeySet only = KeySet::parse(fmt::format(R"({{"keys":[{}]}})", keys().ed.jwk("")), "one.json").value();
  ASSERT_TRUE(only.add_installation_key("own", PublicKey::from_jwk(own_jwk()).value()));
  TokenVerifier verifier(std::move(only), forge::rules());
  const std::string bare = forge::token(R"({"alg":"EdDSA"})", right_payload(), keys().ed, "EdDSA");
  EXPECT_TRUE(verifier.verify(bare, kNow));
  EXPECT_EQ(verifier.verify(keys().ed_token(right_payload()), kNow), tl::unexpected(Refusal::kUnknownKey));
  EXPECT_EQ(verifier.verify(forge::token(R"({"alg":"EdDSA","kid":""})", right_payload(), keys().ed, "EdDSA"), kNow),
            tl::unexpected(Refusal::kUnknownKey));
  EXPECT_EQ(verifier.verify(forge::token(R"({"alg":"RS256"})", right_payload(), keys().rsa, "RS256"), kNow),
            tl::unexpected(Refusal::kAlgorithmOfAnotherKey));
}

TEST(TokenVerifier, A_token_verified_once_is_not_accepted_after_its_expiry_nor_before_its_time) {
  TokenVerifier verifier(forge::key_set(), forge::rules());
  const std::string token = keys().ed_token(right_payload());
  EXPECT_TRUE(verifier.verify(token, kNow));
  EXPECT_TRUE(verifier.verify(token, later(600, -1)));
  EXPECT_EQ(verifier.verify(token, later(-71)), tl::unexpected(Refusal::kIssuedInFuture)) << "The clock was set back.";
  EXPECT_TRUE(verifier.verify(token, later(-70)));
  EXPECT_EQ(verifier.verified_tokens(), 1U);
  EXPECT_EQ(verifier.verify(token, later(600)), tl::unexpected(Refusal::kExpired));
  EXPECT_EQ(verifier.verified_tokens(), 0U);
  EXPECT_EQ(verifier.verify(token, later(601)), tl::unexpected(Refusal::kExpired));
}

TEST(TokenVerifier, Only_the_very_same_bytes_are_remembered) {
  TokenVerifier verifier(forge::key_set(), forge::rules());
  const std::string token = keys().ed_token(right_payload());
  ASSERT_TRUE(verifier.verify(token, kNow));
  const std::string claims_of_another = keys().ed_token(print_with("sub", "\"bob\""));
  const std::string mixed = claims_of_another.substr(0, claims_of_another.rfind('.')) + token.substr(token.rfind('.'));
  EXPECT_EQ(verifier.verify(mixed, kNow), tl::unexpected(Refusal::kBadSignature));
  EXPECT_EQ(verifier.verify(token + "=", kNow), tl::unexpected(Refusal::kBadEncoding));
  EXPECT_EQ(verifier.verify(claims_of_another, kNow)->subject, "bob");
  EXPECT_EQ(verifier.verify(token, kNow)->subject, "alice");
}

TEST(TokenVerifier, The_memory_of_verified_tokens_is_bounded_and_keeps_what_is_used) {
  constexpr size_t kMax = 4 * VerifiedTokens::kStripes;
  VerifiedTokens memory(kMax);
  const VerifiedToken verified{"alice", false, later(0), later(10)};
  Digest used{};
  for (uint32_t i = 0; i < 1000; ++i) {
    Digest digest = sha256(std::to_string(i));
    digest[0] = 0;
    memory.keep(digest, verified, 0);
    if (i == 0) used = digest;
    EXPECT_TRUE(memory.find(used, kNow)) << i;
    EXPECT_TRUE(memory.find(digest, kNow)) << i;
  }
  EXPECT_EQ(memory.size(), 4U);
  for (uint32_t i = 0; i < 1000; ++i) memory.keep(sha256(std::to_string(i)), verified, 0);
  EXPECT_EQ(memory.size(), kMax);
  EXPECT_FALSE(memory.find(used, later(10)));
}

TEST(TokenVerifier, A_verification_begun_before_a_change_of_keys_is_not_remembered_after_it) {
  VerifiedTokens memory(100);
  const VerifiedToken verified{"alice", false, later(0), later(10)};
  memory.keep(sha256("a"), verified, 0);
  memory.clear(1);
  memory.keep(sha256("a"), verified, 0);
  EXPECT_FALSE(memory.find(sha256("a"), kNow));
  memory.keep(sha256("a"), verified, 1);
  EXPECT_TRUE(memory.find(sha256("a"), kNow));
}

TEST(TokenVerifier, When_keys_are_replaced_tokens_of_a_removed_key_are_refused_at_once) {
  TokenVerifier verifier(forge::key_set(), forge::rules());
  const std::string ed = keys().ed_token(right_payload());
  const std::string ec = keys().ec_token(right_payload());
  ASSERT_TRUE(verifier.verify(ed, kNow));
  ASSERT_TRUE(verifier.verify(ec, kNow));
  verifier.replace_keys(KeySet::parse(fmt::format(R"({{"keys":[{}]}})", keys().ec.jwk(R"("kid":"ec")")), "new.json").value());
  EXPECT_EQ(verifier.verify(ed, kNow), tl::unexpected(Refusal::kUnknownKey));
  EXPECT_TRUE(verifier.verify(ec, kNow));
  verifier.replace_keys(
      KeySet::parse(fmt::format(R"({{"keys":[{}]}})", forge::Key::ec("P-256").jwk(R"("kid":"ec")")), "new.json").value());
  EXPECT_EQ(verifier.verify(ec, kNow), tl::unexpected(Refusal::kBadSignature)) << "The same id, another key.";
  verifier.replace_keys(KeySet());
  EXPECT_EQ(verifier.verify(ec, kNow), tl::unexpected(Refusal::kUnknownKey));
}

TEST(TokenVerifier, Without_a_configured_issuer_no_token_of_the_key_set_is_accepted) {
  ClaimRules rules = forge::rules();
  rules.issuer.clear();
  TokenVerifier verifier(forge::key_set(), rules);
  EXPECT_EQ(verifier.verify(keys().ed_token(right_payload()), kNow), tl::unexpected(Refusal::kWrongIssuer));
  EXPECT_EQ(verifier.verify(keys().ed_token(print_with("iss", "\"\"")), kNow), tl::unexpected(Refusal::kWrongIssuer));
}

TEST(TokenVerifier, Every_reason_has_its_own_name_and_clients_are_told_one_of_three_things) {
  std::set<std::string> names;
  std::set<std::string> messages;
  for (int i = 0; i < kRefusals; ++i) {
    names.insert(name_of(static_cast<Refusal>(i)));
    messages.insert(client_message(static_cast<Refusal>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kRefusals));
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(messages.size(), 3U);
  EXPECT_STREQ(client_message(Refusal::kBadSignature), client_message(Refusal::kUnknownKey));
  EXPECT_STRNE(client_message(Refusal::kExpired), client_message(Refusal::kBadSignature));
}

TEST(TokenVerifier, A_subject_is_not_mixed_up_with_another_among_many) {
  TokenVerifier verifier(forge::key_set(), forge::rules(), 64);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200; ++i) {
      const std::string subject = fmt::format("subject-{}", i);
      EXPECT_EQ(verifier.verify(for_subject(subject), kNow)->subject, subject);
    }
  }
  EXPECT_LE(verifier.verified_tokens(), 64U);
}

}  // namespace
}  // namespace civiclog
