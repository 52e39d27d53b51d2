#include "replay-tools/example.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "installation/installation.h"
#include "projections/contributions.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

constexpr Timestamp kEnd{1'790'000'000'000};  // September 2026.

struct World {
  ScratchDirectory scratch;
  std::unique_ptr<Installation> installation =
      std::move(Installation::open(DataDirectory::create(scratch.path() / "data").value()).value());

  std::vector<StoredEvent> events() const {
    std::vector<StoredEvent> all;
    for (Position done; done < installation->log().head(); done = all.back().envelope.position) {
      auto batch = installation->log().read(done, kMaxReadBatch).value();
      all.insert(all.end(), batch.begin(), batch.end());
    }
    return all;
  }
};

TEST(Example, Every_rule_accepts_it_every_event_type_occurs_and_the_read_models_catch_up) {
  World world;
  const auto made = make_example(*world.installation, {1, 120, kEnd}, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->written, made->position.value);
  const Status caught_up = world.installation->catch_up();
  ASSERT_TRUE(caught_up) << caught_up.error().message;
  std::set<std::string> types;
  for (const StoredEvent& event : world.events()) types.insert(event.envelope.type);
  for (const std::string_view type : known_types()) {
    EXPECT_TRUE(type == ImportStarted::kType || types.contains(std::string(type))) << type;
  }
}

TEST(Example, It_has_divided_statements_and_near_consensus) {
  World world;
  ASSERT_TRUE(make_example(*world.installation, {1, 120, kEnd}, {}));
  ASSERT_TRUE(world.installation->catch_up());
  const auto queries = world.installation->views().snapshot().read<ContributionQueries>().value();
  const auto page = queries.list(topic_id_of("tram"), {"", 200, false}).value();
  int divided = 0, agreed = 0;
  for (const ContributionItem& item : page.items) {
    const int64_t counted = item.tally.agree + item.tally.disagree;
    if (counted < 20) continue;
    const double share = static_cast<double>(item.tally.agree) / static_cast<double>(counted);
    if (share > 0.35 && share < 0.65) ++divided;
    if (share > 0.8) ++agreed;
  }
  EXPECT_GE(divided, 3);
  EXPECT_GE(agreed, 2);
}

TEST(Example, Made_twice_it_writes_nothing_the_second_time_and_another_seed_votes_otherwise) {
  World world;
  const auto first = make_example(*world.installation, {7, 40, kEnd}, {});
  ASSERT_TRUE(first) << first.error().message;
  const auto again = make_example(*world.installation, {7, 40, {kEnd.ms + 5}}, {});  // "Now" has moved on.
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->written, 0u);
  World same, other;
  ASSERT_TRUE(make_example(*same.installation, {7, 40, kEnd}, {}));
  ASSERT_TRUE(make_example(*other.installation, {8, 40, kEnd}, {}));
  const auto told = [](const World& w) {
    std::string story;
    for (const StoredEvent& e : w.events()) story += e.envelope.type + " " + std::to_string(e.envelope.recorded_at.ms) + "\n";
    return story;
  };
  EXPECT_EQ(told(world), told(same));
  EXPECT_NE(told(world), told(other));
}

TEST(Example, Any_size_within_its_limits_and_any_seed_can_be_made) {
  for (const size_t participants : {kMinExampleParticipants, size_t{25}, size_t{300}}) {
    World world;
    const auto made = make_example(*world.installation, {participants, participants, kEnd}, {});
    EXPECT_TRUE(made) << participants << ": " << made.error().message;
  }
  World world;
  EXPECT_FALSE(make_example(*world.installation, {1, 3, kEnd}, {}));
}

}  // namespace
}  // namespace civiclog
