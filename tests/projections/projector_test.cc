#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "projections/contributions.h"
#include "tests/projections/doubles.h"
#include "tests/projections/random_history.h"

namespace civiclog {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

Projections with_counting(uint32_t version, std::shared_ptr<std::atomic<uint64_t>> damaged_at = {}) {
  Projections projections = all_projections();
  projections.push_back(std::make_unique<CountingProjection>(version, std::move(damaged_at)));
  return projections;
}

uint64_t counted(const Views& views) { return views.snapshot().read<CountQueries>()->count(); }

class ProjectorTest : public testing::Test {
 protected:
  ProjectorTest() : log(log_of(RandomHistory(42).make(60))), views(fresh_views(directory / "views")) {}

  std::unique_ptr<Projector> projector(Projections projections = all_projections(), size_t batch = 10) {
    ProjectorOptions options;
    options.batch_events = batch;
    options.idle_wait = 20ms;
    return projector_of(*log, *views, std::move(projections), options);
  }
  void reopen() {
    views.reset();
    views = reopened(directory / "views");
  }

  TemporaryDirectory directory;
  std::unique_ptr<MemoryLog> log;
  std::unique_ptr<Views> views;
};

TEST_F(ProjectorTest, An_event_that_cannot_be_decoded_stops_every_read_model_there_and_says_where) {
  const Position bad = write_raw(*log, stream_of(id_of<TopicId>(1)), "from-the-future", 1, "x");
  write(*log, {stream_of(id_of<ParticipantId>(9)), ParticipantJoined{}, acting_system(), {}});
  const Status status = projector()->catch_up_to(log->head());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("position 61"));
  reopen();
  for (const GenerationRecord& record : views->generations()) {
    EXPECT_EQ(record.state, ViewState::kFaulted);
    EXPECT_EQ(record.fault_position, bad);
    EXPECT_EQ(record.checkpoint, Position{60}) << "what came before in the same batch was kept";
    EXPECT_THAT(record.error, HasSubstr("from-the-future"));
  }
  const auto again = projector();
  again->start();
  const auto began = std::chrono::steady_clock::now();
  const Status waited = again->wait_applied("topics", bad, in(30s));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_TRUE(again->wait_applied("topics", {60}, in(30s))) << "what was applied can be read";
}

TEST_F(ProjectorTest, A_read_model_that_finds_its_rows_damaged_stops_alone) {
  const auto damaged_at = std::make_shared<std::atomic<uint64_t>>(33);
  const auto all = projector(with_counting(1, damaged_at));
  ASSERT_FALSE(all->catch_up_to(log->head()));
  for (const GenerationRecord& record : views->generations()) {
    const bool damaged = record.projection == "counting";
    EXPECT_EQ(record.state, damaged ? ViewState::kFaulted : ViewState::kRunning) << record.projection;
    EXPECT_EQ(record.checkpoint, damaged ? Position{32} : log->head()) << record.projection;
  }
  EXPECT_EQ(counted(*views), 32U) << "nothing of the damaged event was kept";
  EXPECT_EQ(views->active("counting")->fault_position, Position{33});

  *damaged_at = 0;
  ASSERT_TRUE(all->retry("counting"));
  catch_up(*all, log->head());
  EXPECT_EQ(counted(*views), 60U);
  EXPECT_EQ(views->active("counting")->state, ViewState::kRunning);
  EXPECT_TRUE(views->active("counting")->error.empty());
}

TEST_F(ProjectorTest, A_fault_is_remembered_over_a_restart_and_tried_again) {
  const auto damaged_at = std::make_shared<std::atomic<uint64_t>>(60);
  ASSERT_FALSE(projector(with_counting(1, damaged_at))->catch_up_to(log->head()));
  reopen();
  EXPECT_EQ(views->active("counting")->state, ViewState::kFaulted);
  ASSERT_FALSE(projector(with_counting(1, damaged_at))->catch_up_to(log->head()));
  EXPECT_EQ(views->active("counting")->fault_position, Position{60});
  catch_up(*projector(with_counting(1)), log->head());
  EXPECT_EQ(counted(*views), 60U);
}

TEST_F(ProjectorTest, A_new_version_is_built_beside_the_old_one_which_answers_until_the_switch) {
  catch_up(*projector(with_counting(1)), {50});
  reopen();
  const auto next = projector(with_counting(2));
  const auto before = views->snapshot().read<CountQueries>();
  EXPECT_EQ(before->reader.record().version, 1U);
  EXPECT_EQ(before->count(), 50U);
  catch_up(*next, {30});
  EXPECT_EQ(views->active("counting")->version, 1U) << "the new one is not as far as the old one";
  EXPECT_EQ(counted(*views), 50U);
  catch_up(*next, log->head());
  EXPECT_EQ(views->active("counting")->version, 2U);
  EXPECT_EQ(counted(*views), 120U);
  EXPECT_EQ(before->count(), 50U) << "an answer begun on the old one is finished on it";
  size_t generations = 0;
  for (const GenerationRecord& record : views->generations()) generations += record.projection == "counting" ? 1 : 0;
  EXPECT_EQ(generations, 1U) << "the old one is gone";
}

TEST_F(ProjectorTest, A_build_that_was_interrupted_goes_on_after_a_restart) {
  catch_up(*projector(with_counting(1)), {50});
  catch_up(*projector(with_counting(2)), {30});
  reopen();
  const auto next = projector(with_counting(2));
  for (const GenerationRecord& record : views->generations()) {
    if (record.projection == "counting" && record.version == 2) {
      EXPECT_EQ(record.checkpoint, Position{30});
    }
  }
  catch_up(*next, log->head());
  EXPECT_EQ(counted(*views), 120U);
}

TEST_F(ProjectorTest, A_build_that_no_longer_fits_the_program_is_given_up) {
  catch_up(*projector(with_counting(1)), {50});
  catch_up(*projector(with_counting(2)), {30});
  catch_up(*projector(with_counting(3)), log->head());
  EXPECT_EQ(counted(*views), 180U);
}

TEST_F(ProjectorTest, A_build_that_faults_leaves_the_old_one_answering) {
  catch_up(*projector(with_counting(1)), {50});
  ASSERT_FALSE(projector(with_counting(2, std::make_shared<std::atomic<uint64_t>>(20)))->catch_up_to(log->head()));
  EXPECT_EQ(views->active("counting")->version, 1U);
  EXPECT_EQ(counted(*views), 50U);
}

TEST_F(ProjectorTest, Rebuilding_on_purpose_switches_to_the_same_bytes) {
  const auto all = projector();
  catch_up(*all, log->head());
  const auto before = all_bytes(*views);
  for (const std::string& name : all->names()) ASSERT_TRUE(all->rebuild(name));
  ASSERT_TRUE(all->rebuild("topics")) << "again, in place of the first";
  EXPECT_EQ(all_bytes(*views), before);
  catch_up(*all, log->head());
  EXPECT_EQ(all_bytes(*views), before);
  EXPECT_EQ(views->active("topics")->number, 3U);
  EXPECT_EQ(views->active("ballots")->number, 2U);
  EXPECT_EQ(views->generations().size(), all->names().size());
  EXPECT_EQ(all->rebuild("nothing").error().code, ErrorCode::kNotFound);
}

TEST_F(ProjectorTest, Follows_the_log_while_it_grows_and_rebuilds_beside) {
  const auto all = projector(with_counting(1));
  all->start();
  ASSERT_TRUE(all->rebuild("counting"));
  for (uint8_t number = 1; number <= 100; ++number) {
    const Position at = write(*log, {stream_of(id_of<ParticipantId>(number)), ParticipantJoined{}, acting_system(), {}});
    if (number % 25 == 0) {
      ASSERT_TRUE(all->wait_applied("participants", at, in(30s)));
    }
  }
  ASSERT_TRUE(all->wait_applied("counting", log->head(), in(30s)));
  EXPECT_EQ(counted(*views), 160U);
  for (int tries = 0; views->active("counting")->number != 2 && tries < 3'000; ++tries) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(views->active("counting")->number, 2U);
  EXPECT_EQ(counted(*views), 160U);
}

TEST_F(ProjectorTest, Answers_of_several_read_models_are_of_one_position_while_it_follows) {
  const auto all = projector(with_counting(1), 3);
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const ViewSnapshot snapshot = views->snapshot();
      const auto count = snapshot.read<CountQueries>();
      const auto contributions = snapshot.read<ContributionQueries>();
      EXPECT_EQ(count->count(), count->reader.position().value);
      EXPECT_EQ(contributions->reader().position(), count->reader.position());
    }
  });
  all->start();
  for (uint8_t number = 1; number <= 100; ++number) {
    write(*log, {stream_of(id_of<ParticipantId>(number)), ParticipantJoined{}, acting_system(), {}});
  }
  EXPECT_TRUE(all->wait_applied("counting", log->head(), in(30s)));
  done = true;
  reader.join();
}

TEST_F(ProjectorTest, Waiting_ends_at_the_deadline_at_a_stop_and_for_an_unknown_read_model) {
  const auto all = projector();
  all->start();
  EXPECT_TRUE(all->wait_applied("topics", log->head(), in(30s)));
  EXPECT_EQ(all->wait_applied("topics", {1'000}, in(50ms)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(all->wait_applied("nothing", {1}, in(30s)).error().code, ErrorCode::kNotFound);
  const auto began = std::chrono::steady_clock::now();
  {
    std::jthread waiter([&] { EXPECT_EQ(all->wait_applied("topics", {1'000}, in(30s)).error().code, ErrorCode::kUnavailable); });
    std::this_thread::sleep_for(20ms);
    all->stop();
  }
  std::stop_source asked_to_stop;
  asked_to_stop.request_stop();
  EXPECT_FALSE(all->wait_applied("topics", {1'000}, in(30s), asked_to_stop.get_token()));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(ProjectorTest, A_damaged_event_is_come_up_to_and_named) {
  OddLog odd(*log, [&](Position after, size_t limit) -> Result<std::vector<StoredEvent>> {
    if (after.value < 37 && after.value + limit >= 37) return corrupt("The event at position 37 is damaged.");
    return log->read(after, limit);
  });
  ASSERT_FALSE(projector_of(odd, *views)->catch_up_to(log->head()));
  for (const GenerationRecord& record : views->generations()) {
    EXPECT_EQ(record.checkpoint, Position{36});
    EXPECT_EQ(record.fault_position, Position{37});
    EXPECT_THAT(record.error, HasSubstr("position 37"));
  }
  catch_up(*projector(), log->head());
  TemporaryDirectory other;
  const auto expected = fresh_views(other / "views");
  build(*log, *expected, log->head());
  EXPECT_EQ(all_bytes(*views), all_bytes(*expected));
}

TEST_F(ProjectorTest, A_hole_in_the_log_is_not_stepped_over) {
  OddLog odd(*log, [&](Position after, size_t limit) {
    Result<std::vector<StoredEvent>> events = log->read(after, limit);
    if (events) std::erase_if(*events, [](const StoredEvent& event) { return event.envelope.position == Position{20}; });
    return events;
  });
  ASSERT_FALSE(projector_of(odd, *views)->catch_up_to(log->head()));
  for (const GenerationRecord& record : views->generations()) {
    EXPECT_EQ(record.checkpoint, Position{19});
    EXPECT_EQ(record.fault_position, Position{20});
  }
}

TEST_F(ProjectorTest, Catching_up_says_how_far_it_is_and_can_be_stopped) {
  const auto all = projector();
  std::vector<uint64_t> seen;
  std::stop_source stop;
  const Status stopped = all->catch_up_to(log->head(), stop.get_token(), [&](const CatchUpProgress& progress) {
    EXPECT_EQ(progress.goal, log->head());
    seen.push_back(progress.done.value);
    if (progress.done.value >= 30) stop.request_stop();
  });
  ASSERT_FALSE(stopped);
  EXPECT_THAT(seen, testing::ElementsAre(10, 20, 30));
  catch_up(*all, log->head());
  EXPECT_EQ(views->active("topics")->checkpoint, log->head());
}

TEST(Projector, Is_running_at_once_on_an_empty_log) {
  TemporaryDirectory directory;
  const auto log = empty_log();
  const auto views = fresh_views(directory / "views");
  build(*log, *views, {0});
  for (const GenerationRecord& record : views->generations()) EXPECT_EQ(record.state, ViewState::kRunning);
}

}  // namespace
}  // namespace civiclog
