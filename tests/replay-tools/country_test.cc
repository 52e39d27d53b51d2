#include "replay-tools/country.h"

#include <map>

#include <gtest/gtest.h>

#include "installation/installation.h"
#include "replay-tools/command_stream.h"
#include "replay-tools/verify_record.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

constexpr uint64_t kEvents = 20'000;
constexpr Timestamp kBegin{1'704'067'200'000};

std::string body_of(const CountryAct& act) {
  return canonical_body({command_id_of("country", act.key), act.issuer, act.command, {}, {}});
}

TEST(Country, The_same_seed_gives_the_same_acts_and_another_seed_gives_others) {
  Country one(7, kEvents, kBegin), same(7, kEvents, kBegin), other(8, kEvents, kBegin);
  size_t different = 0;
  for (uint64_t i = 0; i < kEvents; ++i) {
    const CountryAct act = one.next(), again = same.next(), another = other.next();
    ASSERT_EQ(act.key, again.key);
    ASSERT_EQ(body_of(act), body_of(again));
    ASSERT_EQ(act.time, again.time);
    if (body_of(act) != body_of(another)) ++different;
  }
  EXPECT_GT(different, kEvents / 2);
}

TEST(Country, Every_rule_accepts_it_its_events_are_as_many_as_it_says_and_the_record_holds) {
  const ScratchDirectory scratch;
  const DataDirectory data = DataDirectory::create(scratch.path() / "data").value();
  uint64_t events = 0;
  {
    const auto installation = std::move(Installation::open(data).value());
    const ReportProgress silent;
    CommandStream stream(installation->commands(), silent);
    Country country(3, kEvents, kBegin);
    while (events < kEvents) {
      CountryAct act = country.next();
      events += act.events;
      stream.send({command_id_of("country", act.key), act.issuer, std::move(act.command), {}, act.time}, act.key);
    }
    const Status sent = stream.finish();
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(installation->log().head().value, events);
    ASSERT_TRUE(installation->catch_up());
  }
  const Result<Verification> found = verify_record(data);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->verdict(), Verdict::kHolds);
}

TEST(Country, Its_proportions_are_those_of_real_processes) {
  Country country(5, 300'000, kBegin);
  std::map<size_t, size_t> commands;
  for (int i = 0; i < 300'000; ++i) ++commands[country.next().command.index()];
  const auto share_of = [&](const Command& command) { return static_cast<double>(commands[command.index()]) / 300'000; };
  EXPECT_GT(share_of(CastBallot{}), 0.7);
  EXPECT_GT(share_of(Join{}), 0.05);
  EXPECT_EQ(commands[Command(Join{}).index()], commands[Command(VerifyParticipant{}).index()] + 1);
  EXPECT_GT(share_of(PostComment{}), share_of(SubmitContribution{}) * 0.5);
  EXPECT_GT(commands[Command(DecideModeration{}).index()], 10u);
}

}  // namespace
}  // namespace civiclog
