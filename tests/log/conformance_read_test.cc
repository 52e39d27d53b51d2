#include <random>
#include <thread>

#include <fmt/format.h>

#include "tests/log/conformance.h"

// What reading, waiting and time promise, alone and among many threads.

namespace civiclog {
namespace {

using std::chrono::steady_clock;

Deadline in(std::chrono::milliseconds time) { return steady_clock::now() + time; }

TEST_P(LogConformance, A_read_stops_at_its_limits) {
  make();
  for (int i = 0; i < 11; ++i) must_append(log(), writing(new_stream(), 1'000));
  EXPECT_EQ(log().read({}, 7).value().size(), 7u);
  EXPECT_EQ(log().read({3}, 2).value()[0].envelope.position, Position{4});
  EXPECT_EQ(log().read({}, 0).value().size(), 0u);
  EXPECT_EQ(log().read({}, 1'000'000).value().size(), kMaxReadBatch);
  EXPECT_EQ(log().read({10'995}, 100).value().size(), 5u);
  EXPECT_TRUE(log().read({11'000}, 100).value().empty());
  EXPECT_TRUE(log().read({UINT64_MAX}, 100).value().empty());
}

TEST_P(LogConformance, A_read_stops_at_sixteen_mebibytes) {
  make();
  for (int i = 0; i < 20; ++i) must_append(log(), writing(new_stream(), 15, 65'000));
  size_t bytes = 0;
  const std::vector<StoredEvent> events = log().read({}, 1'000).value();
  for (const StoredEvent& event : events) bytes += event.bytes.size();
  EXPECT_LE(bytes, size_t{16} << 20);
  EXPECT_GT(bytes, size_t{15} << 20);
  EXPECT_EQ(read_all(log()).size(), 300u);
}

TEST_P(LogConformance, A_stream_is_read_from_any_version) {
  make();
  const StreamId stream = new_stream();
  for (int i = 0; i < 5; ++i) {
    must_append(log(), writing(stream, 2));
    must_append(log(), writing(new_stream()));
  }
  for (int round = 0; round < 2; ++round) {
    const std::vector<StoredEvent> all = log().read_stream(stream, kNone).value();
    ASSERT_EQ(all.size(), 10u);
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].envelope.stream, stream);
      EXPECT_EQ(all[i].envelope.stream_version, Version{i + 1});
    }
    EXPECT_EQ(log().read_stream(stream, {7}).value().front().envelope.stream_version, Version{8});
    EXPECT_EQ(log().read_stream(stream, {7}).value().size(), 3u);
    EXPECT_TRUE(log().read_stream(stream, {10}).value().empty());
    EXPECT_TRUE(log().read_stream(stream, {UINT64_MAX}).value().empty());
    under_test_->reopen();
  }
}

TEST_P(LogConformance, Everything_is_there_after_a_restart) {
  make();
  for (int i = 0; i < 20; ++i) must_append(log(), writing(new_stream(), 3));
  const LogId id = log().id();
  const std::vector<StoredEvent> before = read_all(log());
  under_test_->reopen();
  EXPECT_EQ(log().id(), id);
  const std::vector<StoredEvent> after = read_all(log());
  ASSERT_EQ(before.size(), after.size());
  for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].bytes, after[i].bytes);
  EXPECT_EQ(must_append(log(), writing(new_stream())).first, Position{61});
}

TEST_P(LogConformance, A_commit_is_readable_when_its_completion_runs) {
  make();
  for (int i = 0; i < 50; ++i) {
    std::promise<bool> seen;
    const AppendRequest request = writing(new_stream(), 2);
    log().append(request, [&](const Result<Appended>& answer) {
      const bool is_there = answer && log().head() >= answer->last && read_one(log(), answer->last).has_value() &&
                            log().find_command(request.command).value().has_value() &&
                            log().stream_version(request.events[0].stream).value() == Version{2};
      seen.set_value(is_there);
    });
    EXPECT_TRUE(seen.get_future().get());
  }
}

TEST_P(LogConformance, Time_never_runs_back) {
  TestClock clock(1'000);
  make({.clock = clock.clock()});
  EXPECT_EQ(must_append(log(), writing(new_stream())).recorded_at, Timestamp{1'000});
  clock.set(400);
  EXPECT_EQ(must_append(log(), writing(new_stream())).recorded_at, Timestamp{1'000});
  under_test_->reopen();
  EXPECT_EQ(must_append(log(), writing(new_stream())).recorded_at, Timestamp{1'000});
  clock.set(1'001);
  EXPECT_EQ(must_append(log(), writing(new_stream())).recorded_at, Timestamp{1'001});
}

TEST_P(LogConformance, A_source_drives_the_clock_but_never_back_and_never_into_the_future) {
  TestClock clock(10'000);
  make({.clock = clock.clock()});
  const auto recorded = [&](std::optional<int64_t> source) {
    AppendRequest request = writing(new_stream());
    if (source) request.source_time = Timestamp{*source};
    return must_append(log(), request).recorded_at.ms;
  };
  EXPECT_EQ(recorded(-5), -5);
  EXPECT_EQ(recorded(2'000), 2'000);
  EXPECT_EQ(recorded(1'500), 2'000);
  EXPECT_EQ(recorded(3'000), 3'000);
  EXPECT_EQ(recorded(99'000), 10'000);
  EXPECT_EQ(recorded(4'000), 10'000);
  clock.set(12'000);
  EXPECT_EQ(recorded(std::nullopt), 12'000);
}

TEST_P(LogConformance, A_time_leads_to_the_last_position_at_or_before_it) {
  TestClock clock(100);
  make({.clock = clock.clock()});
  EXPECT_EQ(position_at(log(), {1'000}).value(), Position{});
  for (const int64_t ms : {100, 200, 200, 200, 300}) {
    clock.set(ms);
    must_append(log(), writing(new_stream()));
  }
  EXPECT_EQ(position_at(log(), {99}).value(), Position{});
  EXPECT_EQ(position_at(log(), {100}).value(), Position{1});
  EXPECT_EQ(position_at(log(), {199}).value(), Position{1});
  EXPECT_EQ(position_at(log(), {200}).value(), Position{4});
  EXPECT_EQ(position_at(log(), {299}).value(), Position{4});
  EXPECT_EQ(position_at(log(), {300}).value(), Position{5});
  EXPECT_EQ(position_at(log(), {99'999}).value(), Position{5});
}

TEST_P(LogConformance, A_waiter_wakes_at_the_next_event_at_its_deadline_and_when_stopped) {
  make();
  must_append(log(), writing(new_stream()));
  EXPECT_TRUE(log().wait_past({0}, in(std::chrono::milliseconds(0)), {}));
  const auto began = steady_clock::now();
  EXPECT_FALSE(log().wait_past({1}, in(std::chrono::milliseconds(30)), {}));
  EXPECT_GE(steady_clock::now() - began, std::chrono::milliseconds(30));

  std::atomic<bool> is_past{false};
  std::thread waiter([&] { is_past = log().wait_past({1}, in(std::chrono::seconds(60)), {}); });
  must_append(log(), writing(new_stream()));
  waiter.join();
  EXPECT_TRUE(is_past);

  std::stop_source source;
  std::atomic<bool> is_woken{true};
  std::thread stopped([&] { is_woken = log().wait_past({2}, in(std::chrono::seconds(60)), source.get_token()); });
  source.request_stop();
  stopped.join();
  EXPECT_FALSE(is_woken);

  std::thread left([&] { is_woken = log().wait_past({2}, in(std::chrono::seconds(60)), {}); });
  under_test_->stop();
  left.join();
  EXPECT_FALSE(is_woken);
}

// Appends from several threads, among them rivals for the same streams and repeated commands, under a clock that
// jumps; a reader follows and must see the one order there is.
TEST_P(LogConformance, Readers_see_no_hole_nothing_beyond_head_and_whole_commits_while_many_append) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  TestClock clock(1'000'000);
  make({.clock = clock.clock()});
  constexpr int kThreads = 6;
  constexpr int kCommits = 150;
  const std::vector<StreamId> hot = {new_stream(), new_stream(), new_stream()};
  std::atomic<uint64_t> written{0};
  std::vector<std::thread> appenders;
  for (int t = 0; t < kThreads; ++t) {
    appenders.emplace_back([&, t] {
      std::mt19937 random(seed + static_cast<unsigned>(t));
      for (int i = 0; i < kCommits; ++i) {
        clock.set(1'000'000 + static_cast<int64_t>(random() % 1'000) - 500);
        const StreamId stream = random() % 2 == 0 ? hot[random() % hot.size()] : new_stream();
        AppendRequest request = writing(stream, 1 + random() % 4);
        if (random() % 2 == 0) request.checks.push_back({stream, log().stream_version(stream).value()});
        const Result<Appended> answer = append_and_wait(log(), request);
        if (!answer && answer.error().rule != "version_conflict") ADD_FAILURE() << answer.error().message;
        if (answer) written += request.events.size();
        if (answer && random() % 4 == 0) {
          EXPECT_TRUE(append_and_wait(log(), request)->repeated);
        }
      }
    });
  }
  std::atomic<bool> is_done{false};
  std::thread reader([&] {
    uint64_t seen = 0;
    Timestamp last{};
    while (!is_done || seen < log().head().value) {
      const Position head_before = log().head();
      const auto batch = log().read({seen}, 64);
      const Position head_after = log().head();
      if (!batch) return ADD_FAILURE() << batch.error().message, void();
      if (head_before.value > seen && batch->empty()) return ADD_FAILURE() << "nothing after " << seen, void();
      for (const StoredEvent& event : *batch) {
        EXPECT_EQ(event.envelope.position.value, ++seen);
        EXPECT_LE(event.envelope.position, head_after);
        EXPECT_GE(event.envelope.recorded_at, last);
        last = event.envelope.recorded_at;
      }
      // A head is always the end of a commit.
      if (head_before.value > 0) {
        const Envelope end = read_one(log(), head_before).value().envelope;
        EXPECT_EQ(end.commit_index + 1, end.commit_size);
      }
      // What a stream's version promises can be read.
      const Version version = log().stream_version(hot[0]).value();
      EXPECT_GE(log().read_stream(hot[0], kNone).value().size(), version.value);
    }
  });
  for (std::thread& appender : appenders) appender.join();
  is_done = true;
  reader.join();
  EXPECT_EQ(log().head().value, written);
  under_test_->reopen();
  EXPECT_EQ(read_all(log()).size(), written);
}

}  // namespace
}  // namespace civiclog
