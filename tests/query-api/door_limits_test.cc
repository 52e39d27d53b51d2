#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/door/door.h"
#include "tests/query-api/door_fixture.h"

// Every wait of the door ends, and so does the door.

namespace civiclog {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

milliseconds since(Clock::time_point begin) { return std::chrono::duration_cast<milliseconds>(Clock::now() - begin); }

DoorOptions hasty() {
  DoorOptions options;
  options.header_timeout_ms = 400;
  options.body_timeout_ms = 600;
  options.idle_timeout_ms = 800;
  options.write_timeout_ms = 500;
  return options;
}

// Sends a byte of `bytes` every 50 ms until the door answers.
std::optional<RawResponse> drip(RawClient& client, const std::string& bytes) {
  for (const char byte : bytes) {
    if (!client.send({&byte, 1})) break;
    if (auto response = client.read_response(false, milliseconds(50))) return response;
  }
  return client.read_response();
}

TEST_F(DoorTest, A_head_that_drips_is_cut_with_408_on_the_first_request_and_on_every_later_one) {
  start(hasty());
  for (int earlier_requests = 0; earlier_requests < 2; ++earlier_requests) {
    RawClient client = this->client();
    for (int i = 0; i < earlier_requests; ++i) {
      ASSERT_TRUE(client.send(get("/echo")));
      ASSERT_TRUE(client.read_response().has_value());
    }
    const auto begin = Clock::now();
    const auto response = drip(client, get("/echo", "X: " + std::string(200, 'x') + "\r\n"));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 408);
    EXPECT_EQ(response->header("connection"), "close");
    EXPECT_GE(since(begin), milliseconds(350));
    EXPECT_LT(since(begin), milliseconds(2'000));
    EXPECT_TRUE(client.is_closed_within(RawClient::kPatience));
  }
}

TEST_F(DoorTest, A_body_that_drips_is_cut_with_408) {
  start(hasty());
  for (const char* head : {"Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"}) {
    RawClient client = this->client();
    ASSERT_TRUE(client.send(std::string("POST /echo HTTP/1.1\r\nHost: a\r\n") + head));
    const auto begin = Clock::now();
    const auto response = drip(client, std::string(200, 'x'));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 408);
    EXPECT_GE(since(begin), milliseconds(500));
    EXPECT_LT(since(begin), milliseconds(2'500));
  }
}

TEST_F(DoorTest, An_idle_connection_is_closed_without_a_word) {
  start(hasty());
  RawClient fresh = client();
  RawClient used = client();
  ASSERT_TRUE(used.send(get("/echo")));
  ASSERT_TRUE(used.read_response().has_value());
  const auto begin = Clock::now();
  EXPECT_TRUE(fresh.is_closed_within(milliseconds(3'000)));
  EXPECT_TRUE(used.is_closed_within(milliseconds(3'000)));
  EXPECT_GE(since(begin), milliseconds(500));
}

TEST_F(DoorTest, A_reader_that_stops_is_cut) {
  start(hasty());
  RawClient client = this->client(4096);
  ASSERT_TRUE(client.send(get("/bytes/30000000")));
  EXPECT_TRUE(has_connections(1));
  EXPECT_TRUE(has_connections(0));
  EXPECT_LT(client.read_all().size(), 30'000'000u);
}

TEST_F(DoorTest, A_client_that_floods_and_never_reads_is_cut) {
  start(hasty());
  RawClient client = this->client(4096);
  ASSERT_TRUE(client.send(get("/echo")));
  ASSERT_TRUE(client.read_response().has_value());
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += get("/bytes/100000");
  ASSERT_TRUE(client.send(requests));
  EXPECT_EQ(door_->open_connections(), 1u);
  EXPECT_TRUE(has_connections(0));
  EXPECT_LT(client.read_all().size(), 200u * 100'000u);
}

// More than one turn allows, and for longer than the door goes without looking at the time.
TEST_F(DoorTest, A_client_that_always_has_more_to_ask_is_served_to_its_end) {
  DoorOptions options;
  options.threads = 1;
  start(options);
  RawClient client = this->client();
  constexpr int kPipelined = 400;
  std::string requests;
  for (int i = 0; i < kPipelined; ++i) requests += get("/echo/" + std::to_string(i));
  const auto begin = Clock::now();
  for (int rounds = 0; since(begin) < milliseconds(1'500) || rounds < 20; ++rounds) {
    ASSERT_TRUE(client.send(requests));
    for (int i = 0; i < kPipelined; ++i) {
      const auto response = client.read_response();
      ASSERT_TRUE(response.has_value()) << rounds << " " << i;
      ASSERT_EQ(response->body, "/echo/" + std::to_string(i) + " ");
    }
  }
}

TEST_F(DoorTest, A_slow_handler_costs_no_neighbour_its_request) {
  DoorOptions options = hasty();
  options.threads = 1;
  start(options);
  RawClient slow = client();
  RawClient neighbour = client();
  ASSERT_TRUE(neighbour.send("GET /echo/neighbour HTTP/1.1\r\n"));
  ASSERT_TRUE(has_connections(2));
  ASSERT_TRUE(slow.send(get("/sleep/900")));
  std::this_thread::sleep_for(milliseconds(100));
  ASSERT_TRUE(neighbour.send("Host: a\r\n\r\n"));
  const auto response = neighbour.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(slow.read_response().has_value());
}

TEST_F(DoorTest, One_connection_too_many_is_refused_and_makes_room_again) {
  DoorOptions options;
  options.max_connections = 3;
  start(options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(client());
    ASSERT_TRUE(clients.back().send(get("/echo")));
    ASSERT_TRUE(clients.back().read_response().has_value());
  }
  RawClient refused = client();
  const auto response = refused.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->header("retry-after"), "1");
  EXPECT_NE(response->body.find("too_many_connections"), std::string::npos);
  EXPECT_TRUE(refused.is_closed_within(RawClient::kPatience)) << refused.unread();
  clients.pop_back();
  ASSERT_TRUE(has_connections(2));
  RawClient again = client();
  ASSERT_TRUE(again.send(get("/echo")));
  ASSERT_TRUE(again.read_response().has_value());
}

TEST_F(DoorTest, A_thousand_idle_connections_do_not_hinder_anybody) {
  start();
  std::vector<RawClient> idle;
  for (int i = 0; i < 1'000; ++i) {
    idle.push_back(client());
    ASSERT_TRUE(idle.back().connected()) << i;
  }
  EXPECT_TRUE(has_connections(1'000));
  RawClient busy = client();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(busy.send(get("/echo")));
    ASSERT_TRUE(busy.read_response(false, milliseconds(1'000)).has_value());
  }
  for (RawClient& client : idle) ASSERT_TRUE(client.send(get("/echo/late")));
  for (RawClient& client : idle) ASSERT_TRUE(client.read_response().has_value());
}

TEST_F(DoorTest, Draining_answers_what_has_begun_and_closes_the_rest) {
  start();
  RawClient idle = client();
  RawClient working = client();
  RawClient half_said = client();
  ASSERT_TRUE(idle.send(get("/echo")));
  ASSERT_TRUE(idle.read_response().has_value());
  ASSERT_TRUE(half_said.send("GET /echo/half HTTP/1.1\r\n"));
  ASSERT_TRUE(working.send(get("/sleep/500")));
  std::this_thread::sleep_for(milliseconds(200));
  const auto begin = Clock::now();
  std::jthread drain([&] { door_->drain_and_stop(milliseconds(10'000)); });
  EXPECT_TRUE(idle.is_closed_within(milliseconds(2'000)));
  std::this_thread::sleep_for(milliseconds(600));
  ASSERT_TRUE(half_said.send("Host: a\r\n\r\n"));
  for (RawClient* client : {&working, &half_said}) {
    const auto response = client->read_response();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->header("connection"), "close");
    client->close();
  }
  drain.join();
  EXPECT_LT(since(begin), milliseconds(5'000));
  EXPECT_FALSE(client().connected());
  EXPECT_EQ(door_->open_connections(), 0u);
}

TEST_F(DoorTest, A_drain_ends_at_its_deadline_whatever_the_clients_do) {
  start();
  RawClient stuck_reader = client(4096);
  RawClient stuck_writer = client();
  ASSERT_TRUE(stuck_reader.send(get("/bytes/30000000")));
  ASSERT_TRUE(stuck_writer.send("GET /echo HTTP/1.1\r\n"));
  ASSERT_TRUE(has_connections(2));
  std::this_thread::sleep_for(milliseconds(100));
  const auto begin = Clock::now();
  door_->drain_and_stop(milliseconds(300));
  EXPECT_GE(since(begin), milliseconds(250));
  EXPECT_LT(since(begin), milliseconds(2'000));
  EXPECT_TRUE(stuck_writer.is_closed_within(milliseconds(1'000)));
  EXPECT_EQ(door_->open_connections(), 0u);
}

TEST_F(DoorTest, Doors_can_be_opened_and_closed_many_times) {
  for (int i = 0; i < 50; ++i) {
    start();
    RawClient client = this->client();
    ASSERT_TRUE(client.send(get("/echo")));
    ASSERT_TRUE(client.read_response().has_value()) << i;
    door_.reset();
  }
}

}  // namespace
}  // namespace civiclog
