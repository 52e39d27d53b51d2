#include "base/base64.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "tests/access/forge.h"

namespace civiclog {
namespace {

TEST(Base64url, Every_length_comes_back_and_looks_as_openssl_prints_it) {
  std::string bytes;
  for (int length = 0; length < 200; ++length) {
    EXPECT_EQ(to_base64url(bytes), forge::base64url(bytes));
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    bytes += static_cast<char>(random_array<1>()[0]);
  }
}

TEST(Base64url, Only_one_text_means_the_same_bytes) {
  int accepted = 0;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b)};
      const auto bytes = from_base64url(text);
      if (!bytes) continue;
      ++accepted;
      EXPECT_EQ(to_base64url(*bytes), text);
    }
  }
  EXPECT_EQ(accepted, 256);
}

TEST(Base64url, Padding_white_space_other_alphabets_and_impossible_lengths_are_refused) {
  for (const char* text : {"QQ==", "QQ=", "Q Q", "QQ\n", "QR", "Q", "QUJDR", "+_", "/-", "Q\xc3\xa4"}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
  EXPECT_FALSE(from_base64url(std::string_view("QQ\0", 3)));
}

}  // namespace
}  // namespace civiclog
