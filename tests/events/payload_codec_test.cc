#include <random>

#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "tests/events/allocation_probe.h"
#include "tests/events/samples.h"

namespace civiclog {
namespace {

std::string rule_of(std::string_view type, uint16_t schema, std::string_view bytes) {
  const Result<Payload> payload = decode_payload(type, schema, bytes, {9});
  return payload ? "ok" : payload.error().rule;
}

TEST(PayloadCodec, Every_type_round_trips) {
  for (const Payload& payload : samples::payloads()) {
    const EncodedPayload encoded = encode_payload(payload);
    const Result<Payload> again = decode_payload(encoded.type, encoded.schema, encoded.bytes, {1});
    ASSERT_TRUE(again) << encoded.type << ": " << again.error().message;
    EXPECT_EQ(*again, payload) << encoded.type;
  }
  EXPECT_EQ(samples::payloads().size(), known_types().size()) << "a type has no sample";
}

TEST(PayloadCodec, Unknown_type_future_schema_trailing_and_missing_bytes_are_told_apart) {
  const EncodedPayload encoded = encode_payload(samples::payloads().front());
  EXPECT_EQ(rule_of("never-heard-of", 1, encoded.bytes), "unknown_type");
  EXPECT_EQ(rule_of(encoded.type, 9, encoded.bytes), "future_schema");
  EXPECT_EQ(rule_of(encoded.type, 1, encoded.bytes + "x"), "payload_trailing_bytes");
  EXPECT_EQ(rule_of(encoded.type, 1, ""), "payload_truncated");
  EXPECT_EQ(rule_of(encoded.type, 1, std::string("\0", 1) + encoded.bytes.substr(1)), "payload_invalid");
  const Result<Payload> payload = decode_payload(encoded.type, 9, encoded.bytes, {9});
  EXPECT_NE(payload.error().message.find("position 9"), std::string::npos);
}

TEST(PayloadCodec, Every_shortened_payload_is_refused) {
  for (const Payload& payload : samples::payloads()) {
    const EncodedPayload encoded = encode_payload(payload);
    for (size_t size = 0; size < encoded.bytes.size(); ++size) {
      EXPECT_NE(rule_of(encoded.type, encoded.schema, encoded.bytes.substr(0, size)), "ok") << encoded.type << " at " << size;
    }
  }
}

TEST(PayloadCodec, A_listed_value_out_of_range_is_refused) {
  EncodedPayload encoded = encode_payload(BallotCast{{}, {}, 1, Choice::kAgree});
  encoded.bytes.back() = 77;
  EXPECT_EQ(rule_of(encoded.type, 1, encoded.bytes), "payload_invalid");
  encoded.bytes.back() = 0;
  EXPECT_EQ(rule_of(encoded.type, 1, encoded.bytes), "payload_invalid");
}

TEST(PayloadCodec, A_truth_value_other_than_0_or_1_is_refused) {
  EncodedPayload encoded = encode_payload(ModerationDecided{});
  encoded.bytes.back() = 2;
  EXPECT_EQ(rule_of(encoded.type, 1, encoded.bytes), "payload_invalid");
}

TEST(PayloadCodec, A_comment_of_schema_1_gets_the_neutral_stance) {
  CommentPosted comment;
  comment.source_id = "c-1";
  comment.stance = Stance::kNeutral;
  EncodedPayload encoded = encode_payload(comment);
  encoded.bytes.pop_back();  // Schema 1 ended before the stance.
  const Result<Payload> old = decode_payload("comment-posted", 1, encoded.bytes, {1});
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ(std::get<CommentPosted>(*old), comment);
}

TEST(PayloadCodec, Allocation_is_bounded_by_the_input_whatever_the_bytes_say) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::vector<Payload> payloads = samples::payloads();
  constexpr size_t kConstant = 4'096;  // messages and exceptions
  for (int round = 0; round < 20'000; ++round) {
    EncodedPayload encoded = encode_payload(payloads[random() % payloads.size()]);
    for (int change = 0; change < 4; ++change) encoded.bytes[random() % encoded.bytes.size()] = static_cast<char>(random());
    allocation_probe::reset();
    const Result<Payload> payload = decode_payload(encoded.type, encoded.schema, encoded.bytes, {1});
    // A list's element may be larger in memory than in bytes (a phase: 21 bytes become 24).
    ASSERT_LE(allocation_probe::largest(), 64 * encoded.bytes.size() + kConstant) << encoded.type;
    (void)payload;
  }
}

TEST(PayloadCodec, A_list_that_claims_a_hundred_million_elements_allocates_nothing_for_them) {
  ByteWriter bytes;
  bytes.u8(1).raw(std::string(16, '\0')).u64(100'000'000);
  allocation_probe::reset();
  EXPECT_EQ(rule_of("words-erased", 1, bytes.bytes()), "payload_truncated");
  EXPECT_LE(allocation_probe::largest(), 4'096u);
}

TEST(PayloadCodec, Words_are_found_in_the_order_of_the_fields_and_absent_ones_left_out) {
  ContributionSubmitted event;
  event.body = {WordId{{{1}}}, {}};
  event.link = {WordId{{{2}}}, {}};
  const std::vector<WordRef> words = words_of(event);
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0], event.body);
  EXPECT_EQ(words[1], event.link);
}

}  // namespace
}  // namespace civiclog
