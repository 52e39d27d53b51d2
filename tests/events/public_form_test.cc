#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "events/public_form.h"
#include "tests/events/samples.h"

namespace civiclog {
namespace {

StoredEvent ballot(Choice choice, uint64_t position = 5) {
  return samples::stored(BallotCast{TopicId{{{1}}}, ContributionId{{{2}}}, 1, choice}, position);
}

TEST(PublicForm, Outside_ballots_it_is_the_stored_event) {
  const StoredEvent event = samples::stored(samples::payloads().front(), 1);
  EXPECT_FALSE(governing_box(event));
  EXPECT_EQ(public_form(event, std::nullopt), event.bytes);
}

TEST(PublicForm, In_an_open_box_it_is_the_stored_event) {
  const StoredEvent event = ballot(Choice::kAgree);
  EXPECT_EQ(public_form(event, BoxSecrecy{Secrecy::kOpen, samples::box_key()}), event.bytes);
}

TEST(PublicForm, A_sealed_ballot_shows_neither_voter_nor_choice_nor_time_of_day) {
  const StoredEvent event = ballot(Choice::kAgree);
  const std::string sealed = public_form(event, BoxSecrecy{Secrecy::kPseudonymous, samples::box_key()});
  ASSERT_EQ(sealed.size(), kSealedFormSize);
  EXPECT_EQ(sealed.find(view(event.envelope.stream.tag.bytes)), std::string::npos);
  EXPECT_EQ(sealed.find(view(event.envelope.actor.id.bytes)), std::string::npos);
  EXPECT_EQ(sealed.find(view(event.envelope.command.uuid.bytes)), std::string::npos);
  ByteReader in(sealed);
  in.raw(48);
  EXPECT_EQ(in.u32(), 1'700'000'000'123u / 86'400'000u);
}

TEST(PublicForm, The_commitment_binds_every_byte_and_needs_the_key) {
  const auto sealed = [](const StoredEvent& event, const Key& key) {
    return public_form(event, BoxSecrecy{Secrecy::kPseudonymous, key});
  };
  const Key key = samples::box_key();
  EXPECT_EQ(sealed(ballot(Choice::kAgree), key), sealed(ballot(Choice::kAgree), key));
  EXPECT_NE(sealed(ballot(Choice::kAgree), key), sealed(ballot(Choice::kDisagree), key));
  EXPECT_NE(sealed(ballot(Choice::kAgree), key), sealed(ballot(Choice::kAgree), Key{}));
}

}  // namespace
}  // namespace civiclog
