#include "tests/log/conformance.h"

#include <algorithm>

#include "base/check.h"

namespace civiclog {

StreamId new_stream() { return stream_of(TopicId{make_uuid_v4(random_array<16>())}); }

CommandId new_command() { return {make_uuid_v4(random_array<16>())}; }

AppendRequest writing(const StreamId& stream, size_t events, size_t payload_size) {
  AppendRequest request;
  request.command = new_command();
  request.body_digest = sha256(view(request.command.uuid.bytes));
  for (size_t i = 0; i < events; ++i) {
    request.events.push_back({stream, "test-happened", 1, std::string(payload_size, 'x'), acting_system(), std::nullopt});
  }
  return request;
}

AppendRequest writing_at(const StreamId& stream, Version expected) {
  AppendRequest request = writing(stream);
  request.checks.push_back({stream, expected});
  return request;
}

Appended must_append(EventLog& log, AppendRequest request) {
  const Result<Appended> answer = append_and_wait(log, std::move(request));
  if (!answer) ADD_FAILURE() << answer.error().message;
  return answer.value_or(Appended{});
}

std::future<Result<Appended>> submit(EventLog& log, AppendRequest request) {
  auto promise = std::make_shared<std::promise<Result<Appended>>>();
  std::future<Result<Appended>> future = promise->get_future();
  log.append(std::move(request), [promise](Result<Appended> answer) { promise->set_value(std::move(answer)); });
  return future;
}

std::vector<StoredEvent> read_all(const EventLog& log) {
  std::vector<StoredEvent> out;
  const Position head = log.head();
  while (out.size() < head.value) {
    Result<std::vector<StoredEvent>> batch = log.read({out.size()}, 1'000);
    if (!batch || batch->empty()) {
      ADD_FAILURE() << "cannot read after " << out.size() << ": " << (batch ? "nothing there" : batch.error().message);
      return out;
    }
    for (StoredEvent& event : *batch) {
      EXPECT_EQ(event.envelope.position.value, out.size() + 1);
      if (!out.empty()) {
        EXPECT_GE(event.envelope.recorded_at, out.back().envelope.recorded_at);
      }
      out.push_back(std::move(event));
    }
  }
  return out;
}

Stall::Stall(EventLog& log) {
  std::promise<void> entered;
  std::future<void> waiting = entered.get_future();
  log.append(writing(new_stream()), [&entered, release = release_](const Result<Appended>& answer) {
    CHECK(answer.has_value());
    entered.set_value();
    release.wait();
  });
  waiting.wait();
}

void Stall::release() {
  if (!is_released_) released_.set_value();
  is_released_ = true;
}

void expect_group_commit(EventLog& log, const std::function<uint64_t()>& flushes) {
  constexpr size_t kInFlight = 200;
  std::vector<std::future<Result<Appended>>> answers;
  const uint64_t before = flushes();
  {
    Stall stall(log);
    for (size_t i = 0; i < kInFlight; ++i) answers.push_back(submit(log, writing(new_stream())));
  }
  for (auto& answer : answers) ASSERT_TRUE(answer.get().has_value());
  // One for the stall, one for all that waited.
  EXPECT_EQ(flushes() - before, 2u);
}

}  // namespace civiclog
