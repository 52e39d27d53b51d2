#include <thread>

#include <fmt/format.h>

#include "tests/log/conformance.h"

// What appending promises.

namespace civiclog {
namespace {

TEST_P(LogConformance, An_empty_log_has_nothing_to_read) {
  make();
  EXPECT_EQ(log().head(), Position{});
  EXPECT_TRUE(log().read({}, 10).value().empty());
  EXPECT_TRUE(log().read_stream(new_stream(), kNone).value().empty());
  EXPECT_EQ(log().stream_version(new_stream()).value(), kNone);
  EXPECT_FALSE(log().find_command(new_command()).value().has_value());
  EXPECT_EQ(read_one(log(), {1}).error().code, ErrorCode::kNotFound);
}

TEST_P(LogConformance, Positions_are_dense_and_versions_count_per_stream) {
  make();
  const StreamId one = new_stream();
  const StreamId other = new_stream();
  AppendRequest mixed = writing(one, 3);
  mixed.events[1].stream = other;
  const Appended first = must_append(log(), mixed);
  const Appended second = must_append(log(), writing(other, 2));
  EXPECT_EQ(first.first, Position{1});
  EXPECT_EQ(first.last, Position{3});
  EXPECT_EQ(second.first, Position{4});
  EXPECT_EQ(second.last, Position{5});
  EXPECT_EQ(log().head(), Position{5});
  const std::vector<StoredEvent> events = read_all(log());
  ASSERT_EQ(events.size(), 5u);
  const uint64_t versions[] = {1, 1, 2, 2, 3};
  const uint16_t indexes[] = {0, 1, 2, 0, 1};
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].envelope.stream_version, Version{versions[i]});
    EXPECT_EQ(events[i].envelope.commit_index, indexes[i]);
    EXPECT_EQ(events[i].envelope.commit_size, i < 3 ? 3 : 2);
  }
  EXPECT_EQ(log().stream_version(one).value(), Version{2});
  EXPECT_EQ(log().stream_version(other).value(), Version{3});
}

TEST_P(LogConformance, An_event_comes_back_as_it_was_given) {
  TestClock clock(5'000);
  make({.clock = clock.clock()});
  const Uuid person = make_uuid_v4(random_array<16>());
  const StreamId ballot = stream_of(BoxId{make_uuid_v4(random_array<16>())}, Tag{random_array<16>()});
  AppendRequest request = writing(ballot);
  const Actor editor{ActorKind::kParticipant, person, Role::kEditor};
  request.events[0] = {ballot, "vote-cast", 7, std::string("\0\xff payload", 10), editor, Timestamp{-12}};
  must_append(log(), request);
  const StoredEvent event = read_one(log(), {1}).value();
  const Envelope expected{.log = log().id(),
                          .position = {1},
                          .commit_index = 0,
                          .commit_size = 1,
                          .stream = ballot,
                          .stream_version = {1},
                          .type = "vote-cast",
                          .schema = 7,
                          .command = request.command,
                          .body_digest = request.body_digest,
                          .actor = request.events[0].actor,
                          .recorded_at = {5'000},
                          .occurred_at = Timestamp{-12}};
  EXPECT_EQ(event.envelope, expected);
  EXPECT_EQ(event.payload(), request.events[0].payload);
  EXPECT_EQ(event.bytes, encode_event(expected, request.events[0].payload).bytes);
}

TEST_P(LogConformance, A_failed_check_writes_nothing_and_names_stream_and_version) {
  make();
  const StreamId watched = new_stream();
  const StreamId written = new_stream();
  must_append(log(), writing(watched, 2));
  AppendRequest request = writing(written, 2);
  request.checks = {{written, kNone}, {watched, {1}}};
  const Result<Appended> answer = append_and_wait(log(), request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kConflict);
  EXPECT_EQ(answer.error().rule, "version_conflict");
  EXPECT_NE(answer.error().message.find(watched.text()), std::string::npos);
  EXPECT_NE(answer.error().message.find("version 2"), std::string::npos);
  EXPECT_EQ(log().head(), Position{2});
  EXPECT_EQ(log().stream_version(written).value(), kNone);
  EXPECT_FALSE(log().find_command(request.command).value().has_value());
  // A refusal is not remembered: the same command may come again, and is decided anew.
  request.checks[1].expected = {2};
  EXPECT_EQ(must_append(log(), request).first, Position{3});
}

TEST_P(LogConformance, A_stream_that_must_not_exist_is_refused_once_it_does) {
  make();
  const StreamId stream = new_stream();
  EXPECT_TRUE(append_and_wait(log(), writing_at(stream, kNone)).has_value());
  EXPECT_EQ(append_and_wait(log(), writing_at(stream, kNone)).error().rule, "version_conflict");
  EXPECT_TRUE(append_and_wait(log(), writing_at(stream, {1})).has_value());
  EXPECT_EQ(append_and_wait(log(), writing_at(stream, {3})).error().rule, "version_conflict");
  under_test_->reopen();
  EXPECT_EQ(append_and_wait(log(), writing_at(stream, {1})).error().rule, "version_conflict");
  EXPECT_TRUE(append_and_wait(log(), writing_at(stream, {2})).has_value());
}

TEST_P(LogConformance, Checks_see_what_is_staged_and_not_yet_applied) {
  make();
  constexpr size_t kRivals = 50;
  const StreamId contested = new_stream();
  const StreamId chain = new_stream();
  std::vector<std::future<Result<Appended>>> rivals;
  std::vector<std::future<Result<Appended>>> links;
  {
    Stall stall(log());
    for (size_t i = 0; i < kRivals; ++i) {
      rivals.push_back(submit(log(), writing_at(contested, kNone)));
      links.push_back(submit(log(), writing_at(chain, {i})));
    }
  }
  EXPECT_TRUE(rivals[0].get().has_value());
  for (size_t i = 1; i < kRivals; ++i) EXPECT_EQ(rivals[i].get().error().rule, "version_conflict");
  for (auto& link : links) EXPECT_TRUE(link.get().has_value());
  EXPECT_EQ(log().stream_version(chain).value(), Version{kRivals});
  EXPECT_EQ(log().stream_version(contested).value(), Version{1});
}

TEST_P(LogConformance, A_check_on_a_stream_not_written_sees_what_is_staged) {
  make();
  const StreamId topic = new_stream();
  must_append(log(), writing(topic));
  AppendRequest vote = writing(new_stream());
  vote.checks = {{topic, {1}}};
  std::future<Result<Appended>> closing;
  std::future<Result<Appended>> voting;
  {
    Stall stall(log());
    closing = submit(log(), writing_at(topic, {1}));
    voting = submit(log(), vote);
  }
  EXPECT_TRUE(closing.get().has_value());
  EXPECT_EQ(voting.get().error().rule, "version_conflict");
}

TEST_P(LogConformance, A_command_id_is_remembered_for_ever) {
  make();
  const StreamId stream = new_stream();
  const AppendRequest request = writing(stream, 3);
  const Appended first = must_append(log(), request);
  EXPECT_FALSE(first.repeated);
  for (int round = 0; round < 2; ++round) {
    // Also when its checks would fail by now: it is the same act.
    AppendRequest again = request;
    again.checks = {{stream, kNone}};
    const Appended repeated = must_append(log(), again);
    EXPECT_TRUE(repeated.repeated);
    EXPECT_EQ(repeated.first, first.first);
    EXPECT_EQ(repeated.last, first.last);
    EXPECT_EQ(repeated.recorded_at, first.recorded_at);
    AppendRequest other_body = request;
    other_body.body_digest[5] ^= 1;
    const Result<Appended> refused = append_and_wait(log(), other_body);
    EXPECT_EQ(refused.error().code, ErrorCode::kCommandReused);
    EXPECT_EQ(refused.error().rule, "command_reused");
    const std::optional<CommandRecord> record = log().find_command(request.command).value();
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->first, first.first);
    EXPECT_EQ(record->last, first.last);
    EXPECT_EQ(record->body_digest, request.body_digest);
    EXPECT_EQ(record->recorded_at, first.recorded_at);
    EXPECT_EQ(log().head(), Position{3});
    under_test_->reopen();
  }
}

TEST_P(LogConformance, A_command_that_comes_twice_at_once_is_written_once) {
  make();
  const AppendRequest request = writing(new_stream());
  AppendRequest other_body = request;
  other_body.body_digest[0] ^= 1;
  std::future<Result<Appended>> first;
  std::future<Result<Appended>> second;
  std::future<Result<Appended>> third;
  {
    Stall stall(log());
    first = submit(log(), request);
    second = submit(log(), request);
    third = submit(log(), other_body);
  }
  const Result<Appended> original = first.get();
  const Result<Appended> repeated = second.get();
  ASSERT_TRUE(original.has_value() && repeated.has_value());
  EXPECT_FALSE(original->repeated);
  EXPECT_TRUE(repeated->repeated);
  EXPECT_EQ(original->first, repeated->first);
  EXPECT_EQ(third.get().error().code, ErrorCode::kCommandReused);
  EXPECT_EQ(log().head(), original->last);
}

TEST_P(LogConformance, What_no_log_can_store_is_refused_before_it_is_queued) {
  make();
  const StreamId stream = new_stream();
  const auto refusal = [&](AppendRequest request) {
    std::optional<Error> error;
    // Refused at once, on this thread, so no wait.
    log().append(std::move(request), [&](const Result<Appended>& answer) { error = answer.error(); });
    EXPECT_TRUE(error.has_value());
    EXPECT_EQ(error->code, ErrorCode::kInvalidArgument);
    return error->rule;
  };
  EXPECT_EQ(refusal(writing(stream, 0)), "no_event");
  EXPECT_EQ(refusal(writing(stream, kMaxEventsPerCommit + 1)), "too_large");
  EXPECT_EQ(refusal(writing(stream, 1, kMaxEventSize)), "too_large");
  EXPECT_EQ(refusal(writing(stream, 20, 60'000)), "too_large");
  AppendRequest nameless = writing(stream);
  nameless.events[0].type.clear();
  EXPECT_EQ(refusal(nameless), "malformed");
  AppendRequest streamless = writing(stream);
  streamless.events[0].stream.kind = static_cast<StreamKind>(0);
  EXPECT_EQ(refusal(streamless), "malformed");
  EXPECT_EQ(log().head(), Position{});
  // The limits themselves are allowed.
  const size_t overhead = stored_size("test-happened", 0);
  EXPECT_EQ(must_append(log(), writing(stream, 1, kMaxEventSize - overhead)).last, Position{1});
  EXPECT_EQ(must_append(log(), writing(stream, kMaxEventsPerCommit)).last, Position{1 + kMaxEventsPerCommit});
}

TEST_P(LogConformance, A_full_queue_refuses_and_recovers) {
  make({.queue = {.max_requests = 4, .max_bytes = kMaxQueuedBytes}});
  std::vector<std::future<Result<Appended>>> accepted;
  {
    Stall stall(log());
    for (int i = 0; i < 4; ++i) accepted.push_back(submit(log(), writing(new_stream())));
    const AppendRequest refused = writing(new_stream());
    const Result<Appended> answer = append_and_wait(log(), refused);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(answer.error().rule, "queue_full");
    stall.release();
    for (auto& waiting : accepted) EXPECT_TRUE(waiting.get().has_value());
    EXPECT_FALSE(log().find_command(refused.command).value().has_value());
  }
  EXPECT_EQ(log().head(), Position{5});
  EXPECT_EQ(must_append(log(), writing(new_stream())).first, Position{6});
}

TEST_P(LogConformance, A_queue_full_of_bytes_refuses) {
  make({.queue = {.max_requests = 100, .max_bytes = 100'000}});
  Stall stall(log());
  std::future<Result<Appended>> large = submit(log(), writing(new_stream(), 1, 60'000));
  EXPECT_EQ(append_and_wait(log(), writing(new_stream(), 1, 60'000)).error().rule, "queue_full");
  std::future<Result<Appended>> small = submit(log(), writing(new_stream()));
  stall.release();
  EXPECT_TRUE(large.get().has_value());
  EXPECT_TRUE(small.get().has_value());
}

TEST_P(LogConformance, Every_completion_runs_once_also_when_the_log_stops) {
  make();
  constexpr int kRequests = 500;
  std::vector<std::atomic<int>> calls(kRequests);
  std::atomic<int> committed{0};
  std::atomic<bool> is_other_error{false};
  const auto complete = [&](int i) {
    return [&, i](const Result<Appended>& answer) {
      ++calls[static_cast<size_t>(i)];
      if (answer) ++committed;
      if (!answer && answer.error().rule != "log_stopped") is_other_error = true;
    };
  };
  std::thread appender([&] {
    for (int i = 0; i < kRequests; ++i) log().append(writing(new_stream()), complete(i));
  });
  ASSERT_TRUE(log().wait_past({20}, std::chrono::steady_clock::now() + std::chrono::seconds(30), {}));
  under_test_->stop();
  appender.join();
  for (const auto& count : calls) EXPECT_EQ(count, 1);
  EXPECT_FALSE(is_other_error);
  // What was accepted before is there, and nothing else.
  EXPECT_EQ(log().head().value, static_cast<uint64_t>(committed));
  EXPECT_EQ(read_all(log()).size(), static_cast<size_t>(committed));
  const Result<Appended> late = append_and_wait(log(), writing(new_stream()));
  EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(late.error().rule, "log_stopped");
}

}  // namespace
}  // namespace civiclog
