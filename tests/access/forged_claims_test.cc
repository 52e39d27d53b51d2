#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/access/forge.h"

// Tokens with a right signature of an accepted key, but for somebody else, for another time, or that mean nothing.

namespace civiclog {
namespace {

using forge::print_with;
using forge::print_without;

struct WrongClaims {
  std::string name;
  std::string payload;
  Refusal reason;
};

void expect_refused(const std::vector<WrongClaims>& wrong, const ClaimRules& rules = forge::rules()) {
  TokenVerifier verifier(forge::key_set(), rules);
  std::set<std::string> names;
  for (const WrongClaims& one : wrong) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    for (const std::string& token : {forge::keys().ed_token(one.payload), forge::keys().ec_token(one.payload), forge::keys().rsa_token(one.payload)}) {
      const auto verified = verifier.verify(token, forge::kNow);
      ASSERT_FALSE(verified) << one.name << " was accepted";
      EXPECT_STREQ(name_of(verified.error()), name_of(one.reason)) << one.name;
    }
  }
  EXPECT_EQ(verifier.verified_tokens(), 0U);
}

std::string seconds(int64_t from_now) { return std::to_string(forge::kNowSeconds + from_now); }

TEST(WrongClaims, Of_another_issuer_or_audience_are_refused) {
  expect_refused({
      {"no iss", print_without("iss"), Refusal::kNoIssuer},
      {"another iss", print_with("iss", "\"https://id.example.evil\""), Refusal::kWrongIssuer},
      {"iss with a slash after it", print_with("iss", "\"https://id.example/\""), Refusal::kWrongIssuer},
      {"iss in other letters", print_with("iss", "\"HTTPS://id.example\""), Refusal::kWrongIssuer},
      {"an empty iss", print_with("iss", "\"\""), Refusal::kWrongIssuer},
      {"the installation's iss", print_with("iss", "\"civiclog-installation\""), Refusal::kWrongIssuer},
      {"iss a list", print_with("iss", "[\"https://id.example\"]"), Refusal::kBadClaim},
      {"iss null", print_with("iss", "null"), Refusal::kBadClaim},
      {"no aud", print_without("aud"), Refusal::kNoAudience},
      {"another aud", print_with("aud", "\"shop.example\""), Refusal::kWrongAudience},
      {"an aud that begins alike", print_with("aud", "\"civiclog.example.evil\""), Refusal::kWrongAudience},
      {"an empty aud", print_with("aud", "\"\""), Refusal::kWrongAudience},
      {"an aud list without us", print_with("aud", "[\"a\",\"civiclog\"]"), Refusal::kWrongAudience},
      {"an empty aud list", print_with("aud", "[]"), Refusal::kWrongAudience},
      {"an aud list with a number", print_with("aud", "[\"civiclog.example\",1]"), Refusal::kBadClaim},
      {"an aud list in a list", print_with("aud", "[[\"civiclog.example\"]]"), Refusal::kBadClaim},
      {"aud an object", print_with("aud", "{\"civiclog.example\":true}"), Refusal::kBadClaim},
      {"aud null", print_with("aud", "null"), Refusal::kBadClaim},
  });
}

TEST(WrongClaims, Without_a_plain_subject_are_refused) {
  const std::string longest(kMaxSubjectBytes, 'a');
  expect_refused({
      {"no sub", print_without("sub"), Refusal::kNoSubject},
      {"an empty sub", print_with("sub", "\"\""), Refusal::kBadSubject},
      {"sub null", print_with("sub", "null"), Refusal::kBadClaim},
      {"sub a number", print_with("sub", "1"), Refusal::kBadClaim},
      {"sub a list", print_with("sub", "[\"alice\"]"), Refusal::kBadClaim},
      {"sub with a NUL", print_with("sub", "\"alice\\u0000\""), Refusal::kBadPayload},
      {"sub with a line feed", print_with("sub", "\"alice\\n\""), Refusal::kBadSubject},
      {"sub with a tab", print_with("sub", "\"a\\tb\""), Refusal::kBadSubject},
      {"sub with an escape", print_with("sub", "\"\\u001b[0m\""), Refusal::kBadSubject},
      {"sub with a C1 control", print_with("sub", "\"a\\u0085\""), Refusal::kBadSubject},
      {"sub with DEL", print_with("sub", "\"a\\u007f\""), Refusal::kBadSubject},
      {"sub not in NFC", print_with("sub", "\"e\\u0301\""), Refusal::kBadSubject},
      {"sub too long", print_with("sub", fmt::format("\"{}a\"", longest)), Refusal::kBadSubject},
      {"sub with half a surrogate", print_with("sub", "\"\\ud800\""), Refusal::kBadPayload},
  });
}

TEST(WrongClaims, Of_another_time_are_refused) {
  expect_refused({
      {"no exp", print_without("exp"), Refusal::kNoExpiry},
      {"expired", print_with("exp", seconds(-1)), Refusal::kExpired},
      {"expiring now", print_with("exp", seconds(0)), Refusal::kExpired},
      {"expired long ago", print_with("exp", "0"), Refusal::kExpired},
      {"exp a text", print_with("exp", "\"" + seconds(600) + "\""), Refusal::kBadClaim},
      {"exp with a fraction", print_with("exp", seconds(600) + ".5"), Refusal::kBadClaim},
      {"exp with an empty fraction", print_with("exp", seconds(600) + ".0"), Refusal::kBadClaim},
      {"exp with an exponent", print_with("exp", "1.9e9"), Refusal::kBadClaim},
      {"exp infinite", print_with("exp", "1e999"), Refusal::kBadPayload},
      {"exp huge", print_with("exp", "9223372036854775807"), Refusal::kBadClaim},
      {"exp beyond 64 bits", print_with("exp", "18446744073709551616"), Refusal::kBadPayload},
      {"exp after the year 9999", print_with("exp", "253402300800"), Refusal::kBadClaim},
      {"exp negative", print_with("exp", "-1"), Refusal::kBadClaim},
      {"exp very negative", print_with("exp", "-9223372036854775808"), Refusal::kBadClaim},
      {"exp null", print_with("exp", "null"), Refusal::kBadClaim},
      {"exp true", print_with("exp", "true"), Refusal::kBadClaim},
      {"exp a list", print_with("exp", "[" + seconds(600) + "]"), Refusal::kBadClaim},
      {"exp NaN", print_with("exp", "NaN"), Refusal::kBadPayload},
      {"exp in octal", print_with("exp", "0" + seconds(600)), Refusal::kBadPayload},
      {"nbf ahead of the skew", print_with("nbf", seconds(61)), Refusal::kNotYetValid},
      {"nbf far ahead", print_with("nbf", "253402300799"), Refusal::kNotYetValid},
      {"nbf a text", print_with("nbf", "\"0\""), Refusal::kBadClaim},
      {"nbf negative", print_with("nbf", "-1"), Refusal::kBadClaim},
      {"nbf null", print_with("nbf", "null"), Refusal::kBadClaim},
      {"iat ahead of the skew", print_with("iat", seconds(61)), Refusal::kIssuedInFuture},
      {"iat a text", print_with("iat", "\"0\""), Refusal::kBadClaim},
      {"iat with a fraction", print_with("iat", "1.5"), Refusal::kBadClaim},
  });
}

TEST(WrongClaims, That_live_too_long_are_refused_where_a_longest_lifetime_is_set) {
  ClaimRules rules = forge::rules();
  rules.max_lifetime = std::chrono::seconds(610);
  TokenVerifier verifier(forge::key_set(), rules);
  EXPECT_TRUE(verifier.verify(forge::keys().ed_token(forge::print(forge::right_claims())), forge::kNow));
  expect_refused(
      {
          {"one second too long", print_with("exp", seconds(601)), Refusal::kLivesTooLong},
          {"for ever", print_with("exp", "253402300799"), Refusal::kLivesTooLong},
          {"no iat", print_without("iat"), Refusal::kNoIssueTime},
      },
      rules);
}

TEST(WrongClaims, In_a_payload_that_is_no_plain_object_are_refused) {
  const std::string right = forge::print(forge::right_claims());
  const std::string inside = right.substr(1, right.size() - 2);
  const std::string deep = std::string(2500, '[') + std::string(2500, ']');
  expect_refused({
      {"not JSON", "sub=alice", Refusal::kBadPayload},
      {"one byte", "{", Refusal::kBadPayload},
      {"a list", "[" + right + "]", Refusal::kBadPayload},
      {"a text", "\"alice\"", Refusal::kBadPayload},
      {"a number", "1", Refusal::kBadPayload},
      {"null", "null", Refusal::kBadPayload},
      {"something after it", right + "{}", Refusal::kBadPayload},
      {"a NUL after it", right + '\0', Refusal::kBadPayload},
      {"a byte order mark", "\xef\xbb\xbf" + right, Refusal::kBadPayload},
      {"not UTF-8", print_with("x", "\"\xff\xfe\""), Refusal::kBadPayload},
      {"overlong UTF-8", print_with("x", "\"\xc0\xaf\""), Refusal::kBadPayload},
      {"UTF-16", std::string("{\0}\0", 4), Refusal::kBadPayload},
      {"single quotes", "{'sub':'alice'}", Refusal::kBadPayload},
      {"a comma too many", "{" + inside + ",}", Refusal::kBadPayload},
      {"a comment", "{/**/" + inside + "}", Refusal::kBadPayload},
      {"sub twice", "{" + inside + ",\"sub\":\"bob\"}", Refusal::kDuplicateName},
      {"exp twice", "{\"exp\":1," + inside + "}", Refusal::kDuplicateName},
      {"sub twice, once escaped", "{" + inside + ",\"\\u0073ub\":\"bob\"}", Refusal::kDuplicateName},
      {"an unknown claim twice", "{" + inside + ",\"a\":1,\"a\":2}", Refusal::kDuplicateName},
      {"a name twice further in", print_with("a", "{\"b\":{\"c\":1,\"c\":2}}"), Refusal::kDuplicateName},
      {"nested deeply", print_with("a", deep), Refusal::kBadPayload},
      {"one level too deep", print_with("a", std::string(kMaxTokenJsonDepth, '[') + std::string(kMaxTokenJsonDepth, ']')), Refusal::kBadPayload},
      {"brackets that never close", print_with("a", std::string(5000, '[')), Refusal::kBadPayload},
  });
}

}  // namespace
}  // namespace civiclog
