#include <gtest/gtest.h>

#include "tests/projections/random_history.h"
#include "tests/projections/recount.h"

namespace civiclog {
namespace {

std::vector<StoredEvent> events_of(const EventLog& log) {
  Result<std::vector<StoredEvent>> events = log.read({0}, kMaxReadBatch);
  EXPECT_TRUE(events && events->size() == log.head().value);
  return std::move(*events);
}

ProjectorOptions batches_of(size_t events) {
  ProjectorOptions options;
  options.batch_events = events;
  return options;
}

TEST(Read_models, Equal_a_plain_recount_at_every_position_now_and_as_of) {
  const uint64_t seed = printed_seed();
  for (uint64_t round = 0; round < 3; ++round) {
    const auto log = log_of(RandomHistory(seed + round).make(150));
    const std::vector<StoredEvent> events = events_of(*log);
    const Asked asked = asked_of(events);
    TemporaryDirectory directory;
    const auto views = fresh_views(directory / "views");
    const auto projector = projector_of(*log, *views);
    std::vector<Picture> expected;
    for (uint64_t position = 1; position <= log->head().value; ++position) {
      catch_up(*projector, {position});
      expected.push_back(recount(events, position));
      const Picture found = observe(views->snapshot(), {}, 1 + position % 7, asked);
      ASSERT_EQ(differences(expected.back(), found), "") << "round " << round << ", latest, position " << position;
    }
    for (uint64_t position = 1; position <= log->head().value; ++position) {
      const Picture found = observe(views->snapshot(), Position{position}, 1 + position % 7, asked);
      ASSERT_EQ(differences(expected[position - 1], found), "") << "round " << round << ", as of position " << position;
    }
    ASSERT_TRUE(observe(views->snapshot(), Position{0}, 5, asked).empty());
    EXPECT_GT(expected.back().size(), 50U);
  }
}

TEST(Read_models, Have_the_same_bytes_whatever_the_size_of_batches_and_wherever_the_building_stopped) {
  const uint64_t seed = printed_seed();
  const auto log = log_of(RandomHistory(seed).make(400));
  TemporaryDirectory directory;
  const auto at_once = fresh_views(directory / "at-once");
  build(*log, *at_once, log->head(), batches_of(1'000));
  const auto expected = all_bytes(*at_once);
  ASSERT_GT(expected.size(), 500U);

  const auto singly = fresh_views(directory / "singly");
  build(*log, *singly, log->head(), batches_of(1));
  EXPECT_EQ(all_bytes(*singly), expected);

  auto interrupted = fresh_views(directory / "interrupted");
  for (const uint64_t stop : {1U, 57U, 58U, 200U, 333U, 400U}) {
    build(*log, *interrupted, {stop}, batches_of(17));
    interrupted.reset();
    interrupted = reopened(directory / "interrupted");
  }
  EXPECT_EQ(all_bytes(*interrupted), expected);
}

TEST(Read_models, Survive_any_events_in_any_order_and_are_the_same_each_time) {
  const uint64_t seed = printed_seed();
  const auto log = log_of(wild_history(seed, 3'000));
  TemporaryDirectory directory;
  const auto first = fresh_views(directory / "first");
  build(*log, *first, log->head(), batches_of(1'000));
  const auto second = fresh_views(directory / "second");
  build(*log, *second, log->head(), batches_of(7));
  EXPECT_EQ(all_bytes(*first), all_bytes(*second));
  for (const GenerationRecord& record : first->generations()) {
    EXPECT_EQ(record.state, ViewState::kRunning) << record.projection << ": " << record.error;
    EXPECT_EQ(record.checkpoint, log->head());
  }
}

TEST(Read_models, Describe_any_bytes_in_words) {
  const uint64_t seed = printed_seed();
  std::mt19937_64 random(seed);
  for (const auto& projection : all_projections()) {
    for (int i = 0; i < 2'000; ++i) {
      std::string key(random() % 60, '\0');
      std::string value(random() % 200, '\0');
      for (char& c : key) c = static_cast<char>(random());
      for (char& c : value) c = static_cast<char>(random() % 4);
      if (!key.empty()) key[0] = "OTRCNBVMHgaotlxsbKfdPeI"[random() % 23];
      EXPECT_FALSE(projection->describe(key, value).subject.empty());
    }
  }
}

}  // namespace
}  // namespace civiclog
