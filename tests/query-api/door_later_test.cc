#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/door/door.h"
#include "tests/query-api/door_fixture.h"
#include "tests/query-api/door_responders.h"

// Answers that come later (query-api/door/later_response.h): whatever those who give them do, every client gets its own, once, in order.

namespace civiclog {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

milliseconds since(Clock::time_point begin) { return std::chrono::duration_cast<milliseconds>(Clock::now() - begin); }

MakeResponse saying(std::string text) {
  return [text = std::move(text)] { return text_response(200, text); };
}

// On top of what DoorTest's handler answers:
//   /later/MS/…   the target, after MS milliseconds, by another thread
//   /held/…       when the test says so: held()
class DoorLaterTest : public DoorTest {
 protected:
  void start_later(DoorOptions options = {}) {
    start(std::move(options), [this](const HttpRequest& request) { return answer_later(request); });
  }

  Response answer_later(const HttpRequest& request) {
    const std::string kind = request.segments.at(0);
    const std::string target = request.target;
    if (kind == "later") {
      const milliseconds delay(std::stoul(request.segments.at(1)));
      return later([this, delay, target](const Respond& respond) {
        responders_.add(delay, [respond, target] { respond(saying(target)); });
      });
    }
    if (kind == "held") {
      return later([this](Respond respond) {
        const std::lock_guard lock(mutex_);
        held_.push_back(std::move(respond));
      });
    }
    return answer(request);
  }

  static LaterResponse later(std::function<void(Respond)> begin) { return {std::move(begin), text_response(503, "timed out")}; }

  // The way back for the held request of this number, once it has come.
  Respond held(size_t number) {
    for (int i = 0; i < 1'000; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (held_.size() > number) return held_[number];
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
    ADD_FAILURE() << "no request was held";
    return [](const MakeResponse&) {};
  }

  // "200 text", or "none".
  static std::string said(RawClient& client, bool head_only = false) {
    const auto response = client.read_response(head_only);
    return response ? std::to_string(response->status) + " " + response->body : "none";
  }
  std::string ask(RawClient& client, const std::string& target) const {
    EXPECT_TRUE(client.send(get(target)));
    return said(client);
  }

  std::vector<Respond> held_;
  Responders responders_{4};
};

DoorOptions hasty(size_t threads = 2) {
  DoorOptions options;
  options.threads = threads;
  options.answer_timeout_ms = 300;
  return options;
}

TEST_F(DoorLaterTest, Pipelined_requests_are_answered_in_order_also_behind_a_slow_late_answer) {
  start_later();
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  std::vector<std::string> targets = {"/later/300/first"};
  for (size_t i = 0; i < 400; ++i) {
    const std::string name = "/" + std::to_string(i);
    targets.push_back(pick(2) == 0 ? "/echo" + name : "/later/" + std::to_string(pick(100) == 0 ? 20 : pick(2)) + name);
  }
  std::string requests;
  for (const std::string& target : targets) requests += get(target);
  RawClient client = this->client();
  ASSERT_TRUE(client.send(requests));
  for (const std::string& target : targets) {
    ASSERT_EQ(said(client), "200 " + target + (target.starts_with("/echo") ? " " : ""));
  }
  EXPECT_TRUE(client.unread().empty());
}

TEST_F(DoorLaterTest, A_late_answer_is_sent_as_one_that_is_given_at_once) {
  start_later();
  RawClient client = this->client();
  ASSERT_TRUE(client.send("HEAD /later/20/a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/later/20/b")));
  const auto head = client.read_response(true);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->header("content-length"), "11");
  EXPECT_EQ(said(client), "200 /later/20/b");

  RawClient kept = this->client();
  ASSERT_TRUE(kept.send("GET /later/20/c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const auto response = kept.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->header("connection"), "keep-alive");
  ASSERT_TRUE(kept.send("GET /later/20/d HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(said(kept), "200 /later/20/d");
  EXPECT_TRUE(kept.is_closed_within(RawClient::kPatience));
}

TEST_F(DoorLaterTest, A_client_that_has_said_all_still_gets_its_late_answers) {
  start_later();
  RawClient client = this->client();
  ASSERT_TRUE(client.send(get("/later/100/a") + get("/later/100/b")));
  client.half_close();
  EXPECT_EQ(said(client), "200 /later/100/a");
  EXPECT_EQ(said(client), "200 /later/100/b");
  EXPECT_TRUE(client.is_closed_within(RawClient::kPatience));
}

TEST_F(DoorLaterTest, Hundreds_who_wait_hold_nobody_up) {
  DoorOptions options;
  options.threads = 1;
  start_later(options);
  std::vector<RawClient> waiting;
  for (size_t i = 0; i < 300; ++i) {
    waiting.push_back(client());
    ASSERT_TRUE(waiting.back().send(get("/held")));
  }
  (void)held(waiting.size() - 1);
  RawClient busy = client();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(ask(busy, "/echo"), "200 /echo ");
  const std::lock_guard lock(mutex_);
  for (const Respond& respond : held_) respond(saying("at last"));
  for (RawClient& client : waiting) ASSERT_EQ(said(client), "200 at last");
}

TEST_F(DoorLaterTest, Of_several_answers_to_one_request_the_first_counts) {
  start_later();
  RawClient client = this->client();
  ASSERT_TRUE(client.send(get("/held")));
  const Respond first = held(0);
  for (const char* text : {"one", "two", "three"}) first(saying(text));
  EXPECT_EQ(said(client), "200 one");
  first(saying("four"));
  ASSERT_TRUE(client.send(get("/held")));
  const Respond second = held(1);
  first(saying("five"));
  second(saying("own"));
  EXPECT_EQ(said(client), "200 own");
  EXPECT_EQ(ask(client, "/echo"), "200 /echo ");
  EXPECT_TRUE(client.unread().empty());
}

TEST_F(DoorLaterTest, Who_waits_too_long_gets_the_handlers_word_for_it_and_the_late_answer_goes_nowhere) {
  start_later(hasty());
  RawClient client = this->client();
  const auto begin = Clock::now();
  EXPECT_EQ(ask(client, "/held"), "503 timed out");
  EXPECT_GE(since(begin), milliseconds(250));
  EXPECT_LT(since(begin), milliseconds(2'000));
  ASSERT_TRUE(client.send(get("/held")));
  (void)held(1);
  held(0)(saying("too late"));
  held(1)(saying("in time"));
  EXPECT_EQ(said(client), "200 in time");
  held(0)(saying("too late"));
  EXPECT_EQ(ask(client, "/echo"), "200 /echo ");
  EXPECT_TRUE(client.unread().empty());
}

// The next connection gets the descriptor's number, and its request has the same number as the one that was given up.
TEST_F(DoorLaterTest, An_answer_to_a_client_that_left_is_not_given_to_the_next_one) {
  start_later(hasty(1));
  for (size_t round = 0; round < 5; ++round) {
    RawClient gone = client();
    ASSERT_TRUE(gone.send(get("/held/gone")));
    const Respond late = held(2 * round);
    gone.reset();
    ASSERT_TRUE(has_connections(0));
    RawClient next = client();
    ASSERT_TRUE(next.send(get("/held/next")));
    const Respond own = held(2 * round + 1);
    late(saying("of another"));
    std::this_thread::sleep_for(milliseconds(20));
    own(saying("own"));
    ASSERT_EQ(said(next), "200 own");
    next.close();
    ASSERT_TRUE(has_connections(0));
  }
}

TEST_F(DoorLaterTest, An_answer_that_was_there_in_time_is_given_although_the_door_was_busy) {
  start_later(hasty(1));
  RawClient waiting = client();
  RawClient busy = client();
  for (size_t round = 0; round < 10; ++round) {
    ASSERT_TRUE(waiting.send(get("/held")));
    const Respond respond = held(round);
    ASSERT_TRUE(busy.send(get("/sleep/350")));
    std::this_thread::sleep_for(milliseconds(50 + 7 * round));
    respond(saying("in time"));
    ASSERT_EQ(said(waiting), "200 in time") << round;
    ASSERT_EQ(said(busy), "200 /sleep/350 ");
  }
}

TEST_F(DoorLaterTest, The_answer_may_be_given_before_the_handlers_begin_returns) {
  start({}, [](const HttpRequest& request) -> Response {
    return later([&request](const Respond& respond) {
      respond(saying(request.target));
      if (request.segments.at(0) == "throw") throw std::runtime_error("secret of the machine room");
    });
  });
  RawClient client = this->client();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(ask(client, "/a"), "200 /a");
  ASSERT_TRUE(client.send(get("/throw") + get("/b")));
  const auto failure = client.read_response();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->status, 500);
  EXPECT_EQ(said(client), "200 /b");
  EXPECT_TRUE(client.unread().empty());
}

TEST_F(DoorLaterTest, Whatever_is_wrong_with_a_late_answer_is_a_constant_500) {
  start({}, [this](const HttpRequest& request) -> Response {
    const std::string what = request.segments.at(0);
    if (what == "no-begin") return later({});
    return later([this, what](const Respond& respond) {
      if (what == "begin") throw std::runtime_error("secret of the machine room");
      responders_.add(milliseconds(1), [respond, what] {
        if (what == "no-make") return respond({});
        respond([what]() -> HttpResponse {
          if (what == "std") throw std::runtime_error("secret of the machine room");
          if (what == "int") throw 42;
          return text_response(200, "x").with("Location", "/a\r\nSet-Cookie: b");
        });
      });
    });
  });
  RawClient client = this->client();
  const std::vector<std::string> ways = {"no-begin", "begin", "no-make", "std", "int", "header"};
  for (const std::string& what : ways) {
    ASSERT_TRUE(client.send(get("/" + what)));
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value()) << what;
    EXPECT_EQ(response->status, 500) << what;
    EXPECT_EQ(response->body.find("secret"), std::string::npos);
    EXPECT_NE(response->body.find("\"code\":\"internal\""), std::string::npos);
    EXPECT_EQ(response->header("set-cookie"), "");
  }
  const std::vector<std::string> sentences = log();
  ASSERT_EQ(sentences.size(), ways.size());
  EXPECT_EQ(sentences[3], "the handler of GET /std threw: secret of the machine room");
}

TEST_F(DoorLaterTest, Draining_answers_who_waits_and_closes) {
  start_later();
  std::vector<RawClient> waiting;
  for (size_t i = 0; i < 50; ++i) {
    waiting.push_back(client());
    ASSERT_TRUE(waiting.back().send(get("/held") + get("/echo/not-begun")));
  }
  (void)held(waiting.size() - 1);
  std::jthread drain([&] { door_->drain_and_stop(milliseconds(10'000)); });
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(door_->open_connections(), waiting.size());
  {
    const std::lock_guard lock(mutex_);
    for (const Respond& respond : held_) responders_.add(milliseconds(5), [respond] { respond(saying("at last")); });
  }
  for (RawClient& client : waiting) {
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->body, "at last");
    EXPECT_EQ(response->header("connection"), "close");
    EXPECT_TRUE(client.is_closed_within(RawClient::kPatience));
    client.close();
  }
}

TEST_F(DoorLaterTest, A_drain_ends_at_its_deadline_although_answers_are_missing) {
  start_later();
  RawClient waiting = client();
  ASSERT_TRUE(waiting.send(get("/held")));
  const Respond respond = held(0);
  const auto begin = Clock::now();
  door_->drain_and_stop(milliseconds(300));
  EXPECT_GE(since(begin), milliseconds(250));
  EXPECT_LT(since(begin), milliseconds(2'000));
  EXPECT_TRUE(waiting.is_closed_within(milliseconds(1'000)));
  respond(saying("too late"));
  EXPECT_EQ(door_->open_connections(), 0u);
}

// Whoever answers may keep the way back together with what the answer is made of.
TEST_F(DoorLaterTest, An_answer_to_a_door_that_is_gone_is_thrown_away_with_all_it_holds) {
  struct Matter {
    Respond respond;
  };
  std::weak_ptr<Matter> observed;
  start_later();
  RawClient client = this->client();
  ASSERT_TRUE(client.send(get("/held")));
  {
    const auto matter = std::make_shared<Matter>(Matter{held(0)});
    observed = matter;
    held_.clear();
    door_.reset();
    for (int i = 0; i < 3; ++i) matter->respond([matter] { return text_response(200, "nobody hears it"); });
  }
  EXPECT_TRUE(observed.expired());
  EXPECT_TRUE(client.is_closed_within(RawClient::kPatience));
}

TEST_F(DoorLaterTest, A_door_may_close_while_many_answers_are_being_given) {
  for (size_t round = 0; round < 20; ++round) {
    start_later();
    std::vector<RawClient> clients;
    for (size_t i = 0; i < 20; ++i) {
      clients.push_back(client());
      ASSERT_TRUE(clients.back().send(get("/later/" + std::to_string(i) + "/a")));
    }
    std::this_thread::sleep_for(milliseconds(round));
    door_.reset();
    for (RawClient& client : clients) {
      (void)client.read_all();
      ASSERT_TRUE(client.at_end());
    }
  }
}

}  // namespace
}  // namespace civiclog
