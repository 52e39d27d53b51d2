#include <random>

#include <gtest/gtest.h>

#include "events/envelope.h"
#include "tests/events/samples.h"

namespace civiclog {
namespace {

StoredEvent sample() { return samples::stored(samples::payloads().front(), 7); }

std::string rule_of(std::string bytes, uint64_t expected = 7) {
  const Result<StoredEvent> event = decode_event(std::move(bytes), {expected});
  return event ? "ok" : event.error().rule;
}

// Writes the right checksum behind changed bytes, as a forger or a foreign writer would.
std::string with_new_checksum(std::string bytes) {
  bytes.resize(bytes.size() - 4);
  return ByteWriter().raw(bytes).u32(crc32c(bytes)).take();
}

TEST(Envelope, What_was_encoded_is_decoded_to_the_same_envelope_and_bytes) {
  const StoredEvent event = sample();
  const Result<StoredEvent> again = decode_event(event.bytes, {7});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->envelope, event.envelope);
  EXPECT_EQ(again->bytes, event.bytes);
  EXPECT_EQ(again->payload(), event.payload());
}

TEST(Envelope, The_checksum_is_crc32c) { EXPECT_EQ(crc32c("123456789"), 0xE3069283u); }

TEST(Envelope, Each_kind_of_damage_has_its_own_name_and_tells_the_position) {
  const std::string good = sample().bytes;
  EXPECT_EQ(rule_of(good), "ok");
  EXPECT_EQ(rule_of(""), "truncated");
  EXPECT_EQ(rule_of(good.substr(0, good.size() - 1)), "truncated");
  EXPECT_EQ(rule_of(good + "x"), "trailing_bytes");
  std::string magic = good;
  magic[0] = 'X';
  EXPECT_EQ(rule_of(magic), "bad_magic");
  std::string future = good;
  future[4] = 2;
  EXPECT_EQ(rule_of(future), "future_format");
  std::string flipped = good;
  flipped[100] = static_cast<char>(flipped[100] ^ 1);
  EXPECT_EQ(rule_of(flipped), "bad_crc");
  std::string kind = good;
  kind[36] = 99;
  EXPECT_EQ(rule_of(with_new_checksum(kind)), "bad_envelope");
  std::string role = good;
  role[144] = 99;
  EXPECT_EQ(rule_of(with_new_checksum(role)), "bad_envelope");
  EXPECT_EQ(rule_of(good, 8), "wrong_position");
  const Result<StoredEvent> event = decode_event(good + "x", {7});
  EXPECT_NE(event.error().message.find("position 7"), std::string::npos) << event.error().message;
}

TEST(Envelope, Any_single_flipped_bit_is_noticed) {
  const std::string good = sample().bytes;
  for (size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = good;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_FALSE(decode_event(damaged, {7})) << "byte " << i << " bit " << bit;
    }
  }
}

TEST(Envelope, Random_bytes_behind_a_right_checksum_never_crash_the_decoder) {
  const uint32_t seed = std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = sample().bytes;
    for (int change = 0; change < 3; ++change) bytes[8 + random() % (bytes.size() - 12)] = static_cast<char>(random());
    const Result<StoredEvent> event = decode_event(with_new_checksum(bytes), {7});
    if (event) {
      EXPECT_LE(event->payload().size(), event->bytes.size());
    }
  }
}

TEST(StreamId, Text_form_and_key_round_trip) {
  const StreamId topic{StreamKind::kTopic, sample().envelope.stream.id, {}};
  EXPECT_EQ(parse_stream_id(topic.text()), topic);
  const StreamId ballot{StreamKind::kBallot, topic.id, topic.id};
  EXPECT_EQ(parse_stream_id(ballot.text()), ballot);
  EXPECT_EQ(ballot.key().size(), StreamId::kSize);
  EXPECT_EQ(parse_stream_id("topic"), std::nullopt);
  EXPECT_EQ(parse_stream_id("nothing-" + topic.id.text()), std::nullopt);
  EXPECT_EQ(parse_stream_id(topic.text() + "x"), std::nullopt);
}

}  // namespace
}  // namespace civiclog
