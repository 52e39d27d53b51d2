#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/door/door.h"
#include "tests/query-api/door_fixture.h"
#include "tests/query-api/door_responders.h"

// Pistache 0.0.5 by itself gives the queued answer of a client that left to the next client with its descriptor number
// (docs/adr/0005-pistache-behind-a-strict-door.md). Here many clients leave in every way there is, with large answers on
// their way and late answers to come, some of them after the door has given them up, while others check that each answer they get
// is their own.

namespace civiclog {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kChecksPerThread = 1'000;  // The sanitizers are there for memory and races; the plain build counts.
#else
constexpr size_t kChecksPerThread = 15'000;
#endif
constexpr size_t kCheckingThreads = 4;
constexpr size_t kLeavingThreads = 3;
constexpr size_t kMaxCrowd = 100;
constexpr size_t kMaxPadding = 100'000;
constexpr size_t kRespondingThreads = 4;
constexpr int64_t kAnswerTimeoutMs = 2'000;
constexpr size_t kTooLateMs = 2'200;

// The answer repeats the request's name, padded so that it often does not fit the socket's buffer.
HttpResponse named_answer(const std::string& name, size_t padding) {
  std::string body = name + " ";
  body.resize(body.size() + padding, 'p');
  return text_response(200, std::move(body)).with("X-Name", name);
}

// "/name/PADDING" at once, "/name/PADDING/US" after as many microseconds, by another thread, and sometimes twice.
Response answer_by_name(Responders& responders, const HttpRequest& request) {
  const std::string name = request.segments.at(0);
  const size_t padding = std::stoul(request.segments.at(1));
  if (request.segments.size() < 3) return named_answer(name, padding);
  const std::chrono::microseconds delay(std::stoul(request.segments[2]));
  LaterResponse later;
  later.on_timeout = text_response(503, "timed out");
  later.begin = [&responders, name, padding, delay](const Respond& respond) {
    responders.add(delay, [respond, name, padding, again = delay.count() % 7 == 0] {
      respond([name, padding] { return named_answer(name, padding); });
      if (again) respond([] { return named_answer("said-twice", 1); });
    });
  };
  return later;
}

std::string late_part(size_t microseconds) { return "/" + std::to_string(microseconds); }

// How many left.
size_t leave_impatiently(const Door& door, uint32_t seed, const std::stop_token& stop) {
  std::mt19937 random(seed);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  size_t left = 0;
  for (; !stop.stop_requested(); ++left) {
    // More would only fill the door up, where it answers 503, or leave the checking ones no processor.
    std::this_thread::sleep_for(std::chrono::microseconds(pick(1'000)));
    while (door.open_connections() > kMaxCrowd) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    RawClient client(door.port(), pick(2) == 0 ? 4096 : 0);
    if (!client.connected()) continue;
    const size_t requests = 1 + pick(4);
    for (size_t r = 0; r < requests; ++r) {
      const std::string late = pick(2) == 0 ? "" : late_part(pick(1'000) == 0 ? kTooLateMs * 1'000 : pick(3'000));
      (void)client.send(get("/leaving" + std::to_string(left) + "/" + std::to_string(pick(kMaxPadding)) + late));
    }
    switch (pick(5)) {
      case 0: client.reset(); break;
      case 1: client.half_close(); break;
      case 2: client.close(); break;
      case 3:
        (void)client.read_response(false, std::chrono::milliseconds(pick(3)));
        client.reset();
        break;
      default: (void)client.send("GET /unfinished"); break;
    }
  }
  return left;
}

struct Tally {
  std::atomic<size_t> own = 0;
  std::atomic<size_t> late = 0;        // Of the own.
  std::atomic<size_t> foreign = 0;     // Whole, but with another name, length or filling; or something after it.
  std::atomic<size_t> unanswered = 0;  // No connection, or no whole answer.
};

void check_own_answers(uint16_t port, uint32_t seed, size_t checker, Tally& tally) {
  std::mt19937 random(seed);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  for (size_t i = 0; i < kChecksPerThread;) {
    RawClient client(port);
    // Connections are short, so that descriptor numbers are given anew all the time.
    for (size_t uses = 1 + pick(5); uses > 0 && i < kChecksPerThread; --uses, ++i) {
      const std::string name = "own-" + std::to_string(checker) + "-" + std::to_string(i);
      const size_t padding = pick(10) == 0 ? pick(kMaxPadding) : pick(100);
      const bool is_late = pick(2) == 0;
      (void)client.send(get("/" + name + "/" + std::to_string(padding) + (is_late ? late_part(pick(1'000)) : "")));
      const auto response = client.read_response();
      if (!response) {
        ++tally.unanswered;
        ++i;
        break;
      }
      const bool is_own = response->status == 200 && response->header("x-name") == name &&
                          response->body == name + " " + std::string(padding, 'p') && client.unread().empty();
      ++(is_own ? tally.own : tally.foreign);
      if (is_own && is_late) ++tally.late;
    }
  }
}

TEST(DoorGuard, No_client_ever_gets_the_answer_of_another) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  DoorOptions options;
  options.answer_timeout_ms = kAnswerTimeoutMs;
  Responders responders(kRespondingThreads);
  Result<std::unique_ptr<Door>> door =
      Door::start(options, [&](const HttpRequest& request) { return answer_by_name(responders, request); });
  ASSERT_TRUE(door.has_value()) << door.error().message;

  Tally tally;
  std::atomic<size_t> left = 0;
  {
    std::vector<std::jthread> leaving;
    for (uint32_t i = 0; i < kLeavingThreads; ++i) {
      leaving.emplace_back([&, i](const std::stop_token& stop) { left += leave_impatiently(**door, seed + i, stop); });
    }
    std::vector<std::jthread> checking;
    for (uint32_t i = 0; i < kCheckingThreads; ++i) {
      checking.emplace_back([&, i] { check_own_answers((*door)->port(), seed + 100 + i, i, tally); });
    }
    checking.clear();
  }
  EXPECT_EQ(tally.foreign, 0u);
  EXPECT_EQ(tally.unanswered, 0u);
  EXPECT_EQ(tally.own, kCheckingThreads * kChecksPerThread);
  EXPECT_GT(tally.late, tally.own / 3);
  EXPECT_GT(left, kChecksPerThread / 10);
  RecordProperty("left", std::to_string(left));
  RecordProperty("seed", std::to_string(seed));
  RecordProperty("checked", std::to_string(tally.own));
  RecordProperty("late", std::to_string(tally.late));
}

}  // namespace
}  // namespace civiclog
