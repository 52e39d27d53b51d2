#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/text.h"
#include "base/time.h"

namespace civiclog {
namespace {

TEST(Bytes, Hexadecimal_round_trips_and_refuses_odd_text) {
  EXPECT_EQ(to_hex(std::string("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(from_hex("00FF10"), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
}

TEST(Bytes, A_reader_past_the_end_fails_and_yields_zeros) {
  ByteReader in(std::string_view("\x01\x00", 2));
  EXPECT_EQ(in.u16(), 1);
  EXPECT_TRUE(in.done());
  EXPECT_EQ(in.u64(), 0u);
  EXPECT_TRUE(in.failed());
  EXPECT_FALSE(in.done());
}

TEST(Bytes, What_the_writer_wrote_the_reader_reads) {
  const std::string bytes = ByteWriter().u8(200).u16(60'000).u32(4'000'000'000).i64(-5).be64(7).text("word").take();
  ByteReader in(bytes);
  EXPECT_EQ(in.u8(), 200);
  EXPECT_EQ(in.u16(), 60'000);
  EXPECT_EQ(in.u32(), 4'000'000'000);
  EXPECT_EQ(in.i64(), -5);
  EXPECT_EQ(in.be64(), 7u);
  EXPECT_EQ(in.text(), "word");
  EXPECT_TRUE(in.done());
}

// FIPS 180-4 and RFC 4231 test case 2 (its key padded to 32 bytes gives the same HMAC), NIST GCM.
TEST(Crypto, Known_answers) {
  EXPECT_EQ(to_hex(view(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Key key{'J', 'e', 'f', 'e'};
  EXPECT_EQ(to_hex(view(hmac_sha256(key, "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  Sha256 parts;
  parts.update("a");
  parts.update("bc");
  EXPECT_EQ(parts.finish(), sha256("abc"));
}

TEST(Crypto, A_sealed_text_opens_only_with_its_key_and_its_associated_data) {
  const Key key = random_array<32>();
  const std::string sealed = seal(key, "words", "id");
  EXPECT_EQ(open(key, sealed, "id"), "words");
  EXPECT_EQ(open(key, sealed, "other"), std::nullopt);
  EXPECT_EQ(open(random_array<32>(), sealed, "id"), std::nullopt);
  EXPECT_EQ(open(key, "short", "id"), std::nullopt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(open(key, damaged, "id"), std::nullopt) << i;
  }
  EXPECT_EQ(open(key, seal(key, "", ""), ""), "");
}

TEST(Id, Text_form_is_parsed_strictly) {
  const Uuid id = make_uuid_v4(random_array<16>());
  EXPECT_EQ(parse_uuid(id.text()), id);
  EXPECT_EQ(id.text()[14], '4');
  EXPECT_EQ(parse_uuid(id.text() + " "), std::nullopt);
  EXPECT_EQ(parse_uuid("0190a5c2x1111-7111-8111-111111111111"), std::nullopt);
  EXPECT_EQ(parse_uuid(""), std::nullopt);
}

TEST(Id, Version_7_sorts_by_time_and_imported_ids_are_stable) {
  EXPECT_LT(make_uuid_v7({1'000}, random_array<16>()), make_uuid_v7({2'000}, random_array<16>()));
  EXPECT_EQ(make_imported_uuid("polis/a", "vote", "1"), make_imported_uuid("polis/a", "vote", "1"));
  EXPECT_NE(make_imported_uuid("polis/a", "vote", "1"), make_imported_uuid("polis/av", "ote", "1"));
  EXPECT_EQ(make_imported_uuid("polis/a", "vote", "1").text()[14], '8');
}

TEST(Time, Rfc3339_round_trips_and_knows_the_calendar) {
  EXPECT_EQ(to_rfc3339({1'403'059'014'389}), "2014-06-18T02:36:54.389Z");
  EXPECT_EQ(parse_rfc3339("2014-06-18T02:36:54.389Z"), Timestamp{1'403'059'014'389});
  EXPECT_EQ(parse_rfc3339("2014-06-18T04:36:54.389+02:00"), Timestamp{1'403'059'014'389});
  EXPECT_EQ(parse_rfc3339("2014-06-18T02:36:54Z"), Timestamp{1'403'059'014'000});
  EXPECT_EQ(parse_rfc3339("2014-06-18T02:36:54.3899999Z"), Timestamp{1'403'059'014'389});
  for (const char* wrong : {"", "2014", "2014-06-18", "2014-02-30T00:00:00Z", "2014-06-18T24:00:00Z", "2014-06-18T02:36:54",
                            "2014-06-18T02:36:54.Z", "2014-06-18T02:36:54Zx", "1969-01-01T00:00:00Z", "2014-13-01T00:00:00Z"}) {
    EXPECT_EQ(parse_rfc3339(wrong), std::nullopt) << wrong;
  }
}

TEST(Time, An_offset_does_not_lead_out_of_the_years_that_can_be_written) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T01:00:00+01:00"), Timestamp{0});
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:59:59.999+01:00"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("9999-12-31T22:59:59.999-01:00"), Timestamp{253'402'300'799'999});
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:00:00-01:00"), std::nullopt);
}

TEST(Text, Is_normalised_to_nfc_and_may_hold_line_feeds_but_no_other_control_character) {
  EXPECT_EQ(normalise_text("e\xCC\x81t\xC3\xA9\n", "body").value(), "\xC3\xA9t\xC3\xA9\n");
  EXPECT_FALSE(normalise_text("a\tb", "body"));
  EXPECT_FALSE(normalise_text(std::string_view("a\0b", 3), "body"));
  EXPECT_FALSE(normalise_text("\xC3", "body"));
  EXPECT_FALSE(normalise_text("\xED\xA0\x80", "body")) << "a surrogate is not UTF-8";
  EXPECT_FALSE(normalise_text("12345", "title", 4));
  EXPECT_FALSE(normalise_text("\xE0\xA5\x98", "title", 5)) << "its normal form has six bytes";
  EXPECT_TRUE(normalise_text("\xE0\xA5\x98", "title", 6));
}

TEST(Text, Slugs) {
  for (const char* good : {"a", "15-per-hour-seattle", "london.youth.policing", "Tram_9", "_x"}) EXPECT_TRUE(is_valid_slug(good)) << good;
  for (const char* bad : {"", "-a", "a-", ".", "a b", "a/b", "é"}) EXPECT_FALSE(is_valid_slug(bad)) << bad;
}

}  // namespace
}  // namespace civiclog
