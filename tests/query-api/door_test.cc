#include "query-api/door/door.h"

#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/query-api/door_fixture.h"

// What the door says, byte by byte. Its limits are in door_limits_test.cc, its guard in door_guard_test.cc.

namespace civiclog {
namespace {

TEST_F(DoorTest, A_connection_serves_one_request_after_the_other) {
  start();
  RawClient client = this->client();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(get("/echo/" + std::to_string(i))));
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "/echo/" + std::to_string(i) + " ");
    EXPECT_EQ(response->header("connection"), "");
    EXPECT_EQ(response->header("date").size(), 29u);
  }
}

TEST_F(DoorTest, The_client_decides_whether_the_connection_stays_open) {
  start();
  const auto ask = [&](const std::string& request) {
    RawClient client = this->client();
    EXPECT_TRUE(client.send(request));
    const auto response = client.read_response();
    EXPECT_TRUE(response.has_value());
    const bool closed = client.is_closed_within(std::chrono::milliseconds(200));
    return (response ? response->header("connection") : "?") + (closed ? " closed" : " open");
  };
  EXPECT_EQ(ask(get("/echo")), " open");
  EXPECT_EQ(ask(get("/echo", "Connection: close\r\n")), "close closed");
  EXPECT_EQ(ask("GET /echo HTTP/1.0\r\n\r\n"), "close closed");
  EXPECT_EQ(ask("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "keep-alive open");
}

TEST_F(DoorTest, Pipelined_requests_are_answered_in_order) {
  start();
  RawClient client = this->client();
  std::string requests;
  constexpr int kCount = 500;
  for (int i = 0; i < kCount; ++i) requests += get("/echo/" + std::to_string(i));
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < kCount; ++i) {
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value()) << i;
    ASSERT_EQ(response->body, "/echo/" + std::to_string(i) + " ");
  }
}

TEST_F(DoorTest, Nothing_follows_a_head_request_but_the_next_answer) {
  start();
  RawClient client = this->client();
  ASSERT_TRUE(client.send("HEAD /bytes/1000 HTTP/1.1\r\nHost: a\r\n\r\n" + get("/echo/next")));
  const auto head = client.read_response(true);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->header("content-length"), "1000");
  const auto next = client.read_response();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->body, "/echo/next ");
}

TEST_F(DoorTest, A_request_may_arrive_byte_by_byte) {
  start();
  RawClient client = this->client();
  const std::string request = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (const char byte : request) {
    ASSERT_TRUE(client.send({&byte, 1}));
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  const auto response = client.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->body, "/echo hello");
}

TEST_F(DoorTest, A_client_that_waits_for_100_continue_gets_it) {
  start();
  RawClient client = this->client();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
  const auto interim = client.read_response();
  ASSERT_TRUE(interim.has_value());
  EXPECT_EQ(interim->status, 100);
  ASSERT_TRUE(client.send("hello"));
  const auto response = client.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->body, "/echo hello");
}

TEST_F(DoorTest, A_client_that_has_said_all_still_gets_its_answer) {
  start();
  RawClient client = this->client();
  ASSERT_TRUE(client.send(get("/sleep/100") + get("/bytes/3000000")));
  client.half_close();
  ASSERT_TRUE(client.read_response().has_value());
  const auto response = client.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->body.size(), 3'000'000u);
  EXPECT_TRUE(client.is_closed_within(RawClient::kPatience));
}

TEST_F(DoorTest, A_request_cut_short_by_the_client_is_400) {
  start();
  RawClient client = this->client();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"));
  client.half_close();
  const auto response = client.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 400);
}

TEST_F(DoorTest, Large_answers_arrive_whole) {
  start();
  RawClient client = this->client(4096);
  for (const size_t size : {1u, 65'536u, 12'000'000u}) {
    ASSERT_TRUE(client.send(get("/bytes/" + std::to_string(size))));
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value()) << size;
    EXPECT_EQ(response->body, std::string(size, 'b'));
  }
}

TEST_F(DoorTest, After_a_protocol_error_the_connection_is_answered_and_closed) {
  start();
  const std::vector<std::pair<std::string, int>> cases = {
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + get("/echo/smuggled"), 413},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + get("/echo/smuggled"), 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" + get("/echo/smuggled"), 501},
      {"GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {get("/echo", "X: " + std::string(17'000, 'a') + "\r\n"), 431},
      {get("/echo", "Expect: wonder\r\n"), 417},
      {"GET / HTTP/3.0\r\n\r\n", 505},
      {"\x16\x03\x01\x02", 400},
      {std::string(20'000, '/'), 414},
  };
  for (const auto& [bytes, status] : cases) {
    RawClient client = this->client();
    ASSERT_TRUE(client.send(bytes));
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value()) << bytes.substr(0, 100);
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->header("connection"), "close");
    EXPECT_EQ(response->header("content-type"), "application/problem+json");
    client.half_close();
    EXPECT_TRUE(client.is_closed_within(RawClient::kPatience)) << client.unread();
  }
}

TEST_F(DoorTest, The_answer_to_a_body_that_is_too_long_survives_the_rest_of_the_body) {
  start();
  RawClient client = this->client();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"));
  (void)client.send(std::string(500'000, 'x'));
  const auto response = client.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 413);
}

TEST_F(DoorTest, Whatever_a_handler_does_wrong_is_a_constant_500) {
  start();
  RawClient client = this->client();
  for (const char* target : {"/throw/std", "/throw/int", "/header"}) {
    ASSERT_TRUE(client.send(get(target)));
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value()) << target;
    EXPECT_EQ(response->status, 500);
    EXPECT_EQ(response->body.find("secret"), std::string::npos);
    EXPECT_NE(response->body.find("\"code\":\"internal\""), std::string::npos);
    EXPECT_EQ(response->header("set-cookie"), "");
  }
  ASSERT_TRUE(client.send(get("/echo")));
  EXPECT_TRUE(client.read_response().has_value());
  const std::vector<std::string> sentences = log();
  ASSERT_EQ(sentences.size(), 3u);
  EXPECT_EQ(sentences[0], "the handler of GET /throw/std threw: secret of the machine room");
}

TEST_F(DoorTest, It_listens_on_IPv6_too) {
  DoorOptions options;
  options.host = "::1";
  Result<std::unique_ptr<Door>> door = Door::start(options, answer);
  if (!door) GTEST_SKIP() << "this machine has no IPv6 loopback: " << door.error().message;
  EXPECT_EQ((*door)->authority(), "[::1]:" + std::to_string((*door)->port()));
  RawClient client((*door)->port(), 0, "::1");
  ASSERT_TRUE(client.send(get("/echo")));
  ASSERT_TRUE(client.read_response().has_value());
}

TEST_F(DoorTest, What_cannot_be_listened_on_is_an_error_with_a_reason) {
  start();
  DoorOptions options;
  options.port = door_->port();
  const auto taken = Door::start(options, answer);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::kIo);
  EXPECT_NE(taken.error().message.find("in use"), std::string::npos) << taken.error().message;

  options.port = 0;
  options.host = "203.0.113.77";
  EXPECT_EQ(Door::start(options, answer).error().code, ErrorCode::kIo);
  options.host = "no such host";
  EXPECT_EQ(Door::start(options, answer).error().code, ErrorCode::kIo);
  options.host = "127.0.0.1";
  options.threads = 0;
  EXPECT_EQ(Door::start(options, answer).error().code, ErrorCode::kInvalidArgument);
  options.threads = 1;
  options.idle_timeout_ms = 0;
  EXPECT_EQ(Door::start(options, answer).error().code, ErrorCode::kInvalidArgument);
  options.idle_timeout_ms = 1;
  options.max_connections = size_t{1} << 40;
  EXPECT_EQ(Door::start(options, answer).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(DoorTest, Noise_never_stops_it) {
  start();
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  const std::vector<std::string> specimens = {
      get("/echo/a?b=c", "X: y\r\n"), "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"};
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes = specimens[pick(specimens.size())] + specimens[pick(specimens.size())];
    for (size_t changes = pick(4); changes > 0; --changes) bytes[pick(bytes.size())] = static_cast<char>(pick(256));
    RawClient client = this->client();
    ASSERT_TRUE(client.connected());
    const size_t cut = pick(bytes.size());
    (void)client.send(std::string_view(bytes).substr(0, cut));
    (void)client.send(std::string_view(bytes).substr(cut));
    if (pick(3) == 0) continue;
    client.half_close();
    (void)client.read_all();
    ASSERT_TRUE(client.at_end()) << "round " << round;
  }
  RawClient client = this->client();
  ASSERT_TRUE(client.send(get("/echo/alive")));
  EXPECT_TRUE(client.read_response().has_value());
}

}  // namespace
}  // namespace civiclog
