#include "access/token_issuer.h"

#include <gtest/gtest.h>

#include "access/token_verifier.h"
#include "tests/access/forge.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

using forge::kAudience;
using forge::kNow;
using std::chrono::seconds;

class TokenIssuerTest : public testing::Test {
 protected:
  InstallationKey make_key() const { return InstallationKey::read_or_make(directory_.path()).value(); }
  KeySet all_keys() const {
    KeySet out = forge::key_set();
    EXPECT_TRUE(out.add_installation_key(key_.id(), key_.public_key()));
    return out;
  }

  const ScratchDirectory directory_;
  const InstallationKey key_ = make_key();
  const TokenIssuer issuer_{key_};
  TokenVerifier verifier_{all_keys(), forge::rules()};
};

TEST_F(TokenIssuerTest, A_token_is_accepted_until_it_expires_and_marked_as_bootstrap) {
  const auto token = issuer_.issue("J\xc3\xbcrgen \"the first\" \\", kAudience, seconds(300), kNow);
  ASSERT_TRUE(token) << token.error().message;
  const auto verified = verifier_.verify(*token, kNow);
  ASSERT_TRUE(verified) << name_of(verified.error());
  EXPECT_EQ(verified->subject, "J\xc3\xbcrgen \"the first\" \\");
  EXPECT_TRUE(verified->bootstrap);
  EXPECT_TRUE(verifier_.verify(*token, {kNow.ms + 299'999})->bootstrap) << "from memory";
  EXPECT_EQ(verifier_.verify(*token, {kNow.ms + 300'000}), tl::unexpected(Refusal::kExpired));
  EXPECT_FALSE(verifier_.verify(forge::keys().ed_token(forge::print(forge::right_claims())), kNow)->bootstrap);
}

TEST_F(TokenIssuerTest, A_token_for_another_audience_or_of_another_installation_is_refused) {
  EXPECT_EQ(verifier_.verify(issuer_.issue("alice", "shop.example", seconds(300), kNow).value(), kNow),
            tl::unexpected(Refusal::kWrongAudience));
  const ScratchDirectory elsewhere;
  const InstallationKey other = InstallationKey::read_or_make(elsewhere.path()).value();
  EXPECT_EQ(verifier_.verify(TokenIssuer(other).issue("alice", kAudience, seconds(300), kNow).value(), kNow),
            tl::unexpected(Refusal::kUnknownKey));
}

TEST_F(TokenIssuerTest, Neither_key_can_speak_for_the_other_issuer) {
  EXPECT_EQ(verifier_.verify(key_.sign(forge::print(forge::right_claims())), kNow), tl::unexpected(Refusal::kWrongIssuer));
  EXPECT_EQ(verifier_.verify(forge::keys().ed_token(forge::print_with("iss", "\"civiclog-installation\"")), kNow),
            tl::unexpected(Refusal::kWrongIssuer));
}

TEST_F(TokenIssuerTest, Two_tokens_for_the_same_are_two_tokens) {
  EXPECT_NE(issuer_.issue("alice", kAudience, seconds(300), kNow).value(), issuer_.issue("alice", kAudience, seconds(300), kNow).value());
}

TEST_F(TokenIssuerTest, A_wrong_subject_audience_or_lifetime_is_refused_with_what_is_right) {
  for (const std::string& subject : {std::string(), std::string("a\n"), std::string("a\0", 2), std::string("\xff"), std::string(256, 'a')}) {
    const auto token = issuer_.issue(subject, kAudience, seconds(300), kNow);
    ASSERT_FALSE(token);
    EXPECT_NE(token.error().message.find("subject"), std::string::npos);
  }
  for (const std::string& audience : {std::string(), std::string("\xff"), std::string(256, 'a')}) {
    EXPECT_FALSE(issuer_.issue("alice", audience, seconds(300), kNow));
  }
  for (const seconds lifetime : {seconds(0), seconds(-1), kMaxTokenLifetime + seconds(1), seconds::max(), seconds::min()}) {
    EXPECT_FALSE(issuer_.issue("alice", kAudience, lifetime, kNow));
  }
  EXPECT_TRUE(issuer_.issue("alice", kAudience, kMaxTokenLifetime, kNow));
  EXPECT_FALSE(issuer_.issue("alice", kAudience, seconds(1), {-1}));
}

}  // namespace
}  // namespace civiclog
