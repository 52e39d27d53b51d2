#include <cstdlib>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include "projections/bulk/bulk_build.h"
#include "projections/bulk/row_buffer.h"
#include "projections/bulk/sorted_run.h"
#include "projections/contributions.h"
#include "projections/topics.h"
#include "tests/projections/doubles.h"
#include "tests/projections/random_history.h"
#include "tests/support/faulty_disk.h"

// Read models that are built in bulk: the same bytes as by following, whatever the limits of memory; all or nothing when
// something goes wrong; and beside the following of others.

namespace civiclog {
namespace {

ProjectorOptions in_bulk(BulkLimits limits = {}) {
  ProjectorOptions options;
  options.bulk_from_events = 1;
  options.bulk = limits;
  return options;
}
constexpr BulkLimits kTiny{2'000, 1'500};

class BulkTest : public testing::Test {
 protected:
  BulkTest() : following_(fresh_views(directory_ / "following")) { build(*log_, *following_, log_->head()); }
  void expect_equal(const Views& views) const { EXPECT_EQ(all_bytes(views), all_bytes(*following_)); }

  const uint64_t seed_ = printed_seed();
  TemporaryDirectory directory_;
  std::unique_ptr<MemoryLog> log_ = log_of(RandomHistory(seed_).make(900));
  std::unique_ptr<Views> following_;
};

TEST_F(BulkTest, Gives_the_same_bytes_as_following) {
  const auto views = fresh_views(directory_ / "views");
  build(*log_, *views, log_->head(), in_bulk());
  expect_equal(*views);
  EXPECT_EQ(views->active("topics")->state, ViewState::kRunning);
  EXPECT_EQ(views->active("topics")->last_event, following_->active("topics")->last_event);
  EXPECT_FALSE(std::filesystem::exists(views->bulk_directory()));
}

TEST_F(BulkTest, Gives_the_same_bytes_when_rows_have_to_be_put_away_and_found_again) {
  const auto views = fresh_views(directory_ / "views");
  build(*log_, *views, log_->head(), in_bulk(kTiny));
  expect_equal(*views);
}

TEST_F(BulkTest, Survives_events_that_do_not_fit_together) {
  const auto wild = log_of(wild_history(seed_, 600));
  const auto following = fresh_views(directory_ / "wild-following");
  build(*wild, *following, wild->head());
  const auto views = fresh_views(directory_ / "wild");
  build(*wild, *views, wild->head(), in_bulk(kTiny));
  EXPECT_EQ(all_bytes(*views), all_bytes(*following));
}

TEST_F(BulkTest, Goes_on_by_following) {
  const auto views = fresh_views(directory_ / "views");
  build(*log_, *views, {500}, in_bulk(kTiny));
  build(*log_, *views, log_->head(), in_bulk(kTiny));
  expect_equal(*views);
}

TEST_F(BulkTest, Is_read_as_a_secondary_and_after_opening_again) {
  {
    const auto views = fresh_views(directory_ / "views");
    build(*log_, *views, log_->head(), in_bulk(kTiny));
  }
  const auto again = reopened(directory_ / "views");
  expect_equal(*again);
  const auto beside = Views::open_secondary(directory_ / "views", directory_ / "notes", some_log());
  ASSERT_TRUE(beside) << beside.error().message;
  expect_equal(**beside);
}

TEST_F(BulkTest, Interrupted_between_its_rows_and_its_record_it_begins_again) {
  {
    const auto views = fresh_views(directory_ / "views");
    const Projections projections = all_projections();
    std::vector<BulkBuild::Part> parts;
    for (const auto& projection : projections) {
      parts.push_back({projection.get(), views->columns(views->begin_generation(projection->name(), projection->version()).value())});
    }
    const auto bulk = BulkBuild::begin(*log_, {700}, parts, views->bulk_directory());
    ASSERT_TRUE(bulk);
    while ((*bulk)->step().value()) {
    }
    (*bulk)->begin_finish();
    ASSERT_TRUE((*bulk)->outcome());
    EXPECT_EQ(views->active("topics")->checkpoint, Position{});
    EXPECT_TRUE(views->has_rows_before_any_event(*views->active("topics")).value());
  }
  const auto views = reopened(directory_ / "views");
  EXPECT_FALSE(std::filesystem::exists(views->bulk_directory()));
  build(*log_, *views, log_->head());
  expect_equal(*views);
}

TEST_F(BulkTest, Stopped_before_its_end_it_leaves_nothing_and_begins_again) {
  const auto views = fresh_views(directory_ / "views");
  {
    const auto projector = projector_of(*log_, *views, all_projections(), in_bulk());
    std::stop_source stop;
    const Status stopped = projector->catch_up_to(log_->head(), stop.get_token(), [&](const CatchUpProgress&) { stop.request_stop(); });
    EXPECT_FALSE(stopped);
  }
  EXPECT_EQ(views->active("topics")->checkpoint, Position{});
  EXPECT_FALSE(std::filesystem::exists(views->bulk_directory()));
  build(*log_, *views, log_->head(), in_bulk());
  expect_equal(*views);
}

TEST_F(BulkTest, A_read_model_that_finds_its_rows_damaged_stops_there_alone) {
  const auto views = fresh_views(directory_ / "views");
  Projections projections = all_projections();
  projections.push_back(std::make_unique<CountingProjection>(1, std::make_shared<std::atomic<uint64_t>>(300)));
  const auto projector = projector_of(*log_, *views, std::move(projections), in_bulk());
  const Status caught_up = projector->catch_up_to(log_->head());
  EXPECT_FALSE(caught_up);
  EXPECT_EQ(views->active("counting")->state, ViewState::kFaulted);
  EXPECT_EQ(views->active("counting")->fault_position, Position{300});
  EXPECT_EQ(views->active("topics")->state, ViewState::kRunning);
  EXPECT_EQ(views->active("topics")->checkpoint, log_->head());
}

TEST_F(BulkTest, An_event_that_cannot_be_decoded_stops_all_there_and_is_named) {
  write_raw(*log_, stream_of(id_of<TopicId>(9)), "no-such-type", 1, "");
  const Position bad = log_->head();
  const auto views = fresh_views(directory_ / "views");
  const auto projector = projector_of(*log_, *views, all_projections(), in_bulk());
  EXPECT_FALSE(projector->catch_up_to(log_->head()));
  EXPECT_EQ(views->active("topics")->fault_position, bad);
  EXPECT_EQ(views->active("topics")->checkpoint.value, bad.value - 1);
}

// Some calls of the disk that a build makes, from a random one on, or each of them with CIVICLOG_ALL_FAULTS=1, once for each kind of
// fault: what follows is whole, whichever way it was built.
TEST_F(BulkTest, Is_whole_or_begun_again_when_the_disk_fails_at_any_call) {
  constexpr uint64_t kMaxCalls = 400;
  const uint64_t step = std::getenv("CIVICLOG_ALL_FAULTS") != nullptr ? 1 : 97;
  const auto expected = all_bytes(*following_);
  std::mt19937 luck(static_cast<uint32_t>(seed_));
  for (const FaultKind kind : {FaultKind::kFailedSync, FaultKind::kFailedName, FaultKind::kShortWrite, FaultKind::kNoSpace,
                               FaultKind::kReadError, FaultKind::kPowerCut}) {
    uint64_t hit = 0;
    for (uint64_t call = 1 + luck() % std::min<uint64_t>(step, 40); call < kMaxCalls; call += step) {
      const TemporaryDirectory place;
      FaultyDisk disk(place / "aside");
      ViewsOptions options;
      options.env = disk.env();
      ASSERT_TRUE(Views::create(place / "views", some_log(), options));
      {
        const auto views = Views::open(place / "views", some_log(), options);
        ASSERT_TRUE(views) << views.error().message;
        disk.plan(kind, call);
        const auto projector = Projector::create(*log_, **views, all_projections(), in_bulk(kTiny));
        if (projector) static_cast<void>((*projector)->catch_up_to(log_->head()));
      }
      const std::string fired = disk.fired();
      if (kind == FaultKind::kPowerCut) disk.power_loss(&luck);
      else disk.repair();
      if (fired.empty()) break;
      ++hit;
      SCOPED_TRACE(std::string(name_of(kind)) + " at call " + std::to_string(call) + ": " + fired);
      const auto again = Views::open(place / "views", some_log(), options);
      ASSERT_TRUE(again) << again.error().message;
      build(*log_, **again, log_->head(), in_bulk(kTiny));
      ASSERT_EQ(all_bytes(**again), expected);
    }
    EXPECT_GT(hit, 0u) << name_of(kind);
  }
}

TEST_F(BulkTest, What_is_not_recorded_yet_is_not_shown) {
  const auto views = fresh_views(directory_ / "views");
  const Projections projections = all_projections();
  std::vector<BulkBuild::Part> parts;
  for (const auto& projection : projections) {
    parts.push_back({projection.get(), views->columns(views->begin_generation(projection->name(), projection->version()).value())});
  }
  const auto bulk = BulkBuild::begin(*log_, log_->head(), parts, views->bulk_directory());
  ASSERT_TRUE(bulk);
  while ((*bulk)->step().value()) {
  }
  (*bulk)->begin_finish();
  ASSERT_TRUE((*bulk)->outcome());
  const auto topics = views->snapshot().read<TopicQueries>();
  ASSERT_TRUE(topics);
  EXPECT_EQ(topics->reader().position(), Position{});
  EXPECT_TRUE(topics->list({"", 50, false}).value().items.empty());
  const auto contributions = views->snapshot().read<ContributionQueries>();
  const std::vector<StoredEvent> events = log_->read({}, 900).value();
  for (const StoredEvent& event : events) {
    if (event.envelope.type != ContributionSubmitted::kType) continue;
    EXPECT_FALSE(contributions->get(ContributionId{event.envelope.stream.id}).value().has_value());
  }
}

TEST_F(BulkTest, Is_done_beside_following_while_the_log_grows) {
  const auto views = fresh_views(directory_ / "views");
  build(*log_, *views, log_->head());
  const auto projector = projector_of(*log_, *views, all_projections(), in_bulk(kTiny));
  projector->start();
  std::vector<Happening> more = wild_history(seed_ + 1, 400);
  for (size_t i = 0; i < more.size(); ++i) {
    write(*log_, more[i]);
    if (i % 100 != 50) continue;
    const Status begun = projector->rebuild(i % 200 == 50 ? "topics" : "ballots");
    ASSERT_TRUE(begun);
  }
  ASSERT_TRUE(projector->wait_applied("ballots", log_->head(), std::chrono::steady_clock::now() + std::chrono::seconds(30)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while ((views->generations().size() > 8 || views->active("ballots")->number == 1) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GT(views->active("topics")->number, 1u);
  EXPECT_GT(views->active("ballots")->number, 1u);
  projector->stop();
  build(*log_, *following_, log_->head());
  expect_equal(*views);
}

TEST(SortedRun, Gives_back_its_rows_in_order_the_newest_of_a_key_first_and_finds_each) {
  std::mt19937_64 random(printed_seed());
  TemporaryDirectory directory;
  RowBuffer rows;
  std::multimap<std::string, std::string> expected;
  for (int i = 0; i < 3'000; ++i) {
    const std::string key = "key" + std::to_string(random() % 2'000) + std::string(random() % 40, 'x');
    const std::string value(random() % 300, static_cast<char>('a' + random() % 26));
    rows.add(key, {}, 'r', value);
    expected.emplace(key, "r" + value);  // In the order of arrival, for equal keys.
  }
  rows.sort();
  const auto run = SortedRun::write(*rocksdb::Env::Default(), directory / "run", rows, true);
  ASSERT_TRUE(run) << run.error().message;
  const auto cursor = SortedRun::Cursor::open(**run);
  ASSERT_TRUE(cursor);
  for (auto key = expected.begin(); key != expected.end(); key = expected.upper_bound(key->first)) {
    const auto [first, last] = expected.equal_range(key->first);
    for (auto newest = std::make_reverse_iterator(last); newest != std::make_reverse_iterator(first); ++newest) {
      ASSERT_TRUE((*cursor)->valid());
      EXPECT_EQ((*cursor)->row().key, newest->first);
      EXPECT_EQ((*cursor)->row().value, newest->second);
      ASSERT_TRUE((*cursor)->next());
    }
    EXPECT_TRUE((*run)->may_have(key->first));
    EXPECT_EQ((*run)->find(key->first).value(), std::prev(last)->second);
  }
  EXPECT_FALSE((*cursor)->valid());
  int let_through = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::string missing = "kez" + std::to_string(i);
    EXPECT_EQ((*run)->find(missing).value(), std::nullopt);
    if ((*run)->may_have(missing)) ++let_through;
  }
  EXPECT_LT(let_through, 60);
}

}  // namespace
}  // namespace civiclog
