#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "query-api/door/door.h"
#include "tests/query-api/door_fixture.h"

// What clients do to get more than their share or to be read as somebody else: ambiguous lengths, targets that no program expects,
// connections without end. What the parser alone says to each is in request_parser_test.cc; here it is said through the socket.

namespace civiclog {
namespace {

using std::chrono::milliseconds;

const std::string kSmuggled = get("/echo/smuggled");
const std::string kPost = "POST /echo HTTP/1.1\r\nHost: a\r\n";

TEST_F(DoorTest, A_length_that_two_programs_could_read_differently_ends_the_connection) {
  start();
  const std::vector<std::pair<std::string, int>> cases = {
      {kPost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + kSmuggled, 400},
      {kPost + "Content-Length: 5, 6\r\n\r\nhello" + kSmuggled, 400},
      {kPost + "Content-Length: +5\r\n\r\nhello" + kSmuggled, 400},
      {kPost + "Content-Length: 0x5\r\n\r\nhello" + kSmuggled, 400},
      {kPost + "Content-Length: -1\r\n\r\n" + kSmuggled, 400},
      {kPost + "Content-Length: \r\n\r\n" + kSmuggled, 400},
      {kPost + "Content-Length : 5\r\n\r\nhello" + kSmuggled, 400},
      {kPost + "Content-Length: 18446744073709551617\r\n\r\nh" + kSmuggled, 413},
      {kPost + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + kSmuggled, 400},
      {kPost + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + kSmuggled, 501},
      {kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + kSmuggled, 501},
      {kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kSmuggled, 501},
      {kPost + "Transfer-Encoding:\x0b" "chunked\r\n\r\n0\r\n\r\n" + kSmuggled, 400},
      {kPost + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n" + kSmuggled, 400},
      {kPost + "X: a\nTransfer-Encoding: chunked\r\n\r\n" + kSmuggled, 400},
      {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kSmuggled, 400},
      {kPost + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n" + kSmuggled, 400},
      {kPost + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" + kSmuggled, 400},
      {kPost + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" + kSmuggled, 400},
      {kPost + "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n" + kSmuggled, 400},
      {kPost + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + kSmuggled, 413},
      {kPost + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + kSmuggled, 400},
      {kPost + "Content-Length: 70000\r\n\r\n" + std::string(1'000, 'x') + kSmuggled, 413},
      {kPost + "Transfer-Encoding: chunked\r\n\r\n11170\r\n" + std::string(1'000, 'x') + kSmuggled, 413},
  };
  for (const auto& [bytes, status] : cases) {
    RawClient client = this->client();
    ASSERT_TRUE(client.send(bytes));
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value()) << bytes;
    EXPECT_EQ(response->status, status) << bytes;
    EXPECT_EQ(response->header("connection"), "close");
    client.half_close();
    EXPECT_EQ(client.read_all(), "") << bytes;
    EXPECT_TRUE(client.at_end());
  }
}

TEST_F(DoorTest, Targets_nobody_expects_are_answered_and_harm_nobody) {
  DoorOptions options;
  options.limits.max_request_line_bytes = 64 * 1024;
  start(options);
  using namespace std::string_literals;
  const std::string slashes(20'000, '/');
  const std::vector<std::pair<std::string, int>> cases = {
      {slashes, 200},
      {slashes + "a", 200},
      {"/echo/" + std::string(50'000, 'a'), 200},
      {"/echo/" + std::string(70'000, 'a'), 414},
      {"/echo/\0a"s, 400},
      {"/echo/%00a", 400},
      {"/echo?a=%00", 400},
      {"/echo/\xff\xfe", 400},
      {"/echo/%ff%fe", 400},
      {"/echo/%c0%af", 400},
      {"/echo/%ed%a0%80", 400},
      {"/echo/%f5%80%80%80", 400},
      {"/echo/%", 400},
      {"/echo/%4", 400},
      {"/echo/%zz", 400},
      {"/echo/../../etc/passwd", 400},
      {"/echo/%2e%2e/secret", 400},
      {"/echo#fragment", 400},
      {"echo", 400},
      {"*", 400},
      {"/echo/%E2%9C%93?q=%E2%9C%93", 200},
      {"http://a/echo", 200},
      {"http://a:99999/echo", 200},
  };
  for (const auto& [target, status] : cases) {
    RawClient client = this->client();
    (void)client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value()) << target.substr(0, 100);
    EXPECT_EQ(response->status, status) << target.substr(0, 100) << " " << response->body.substr(0, 200);
  }
}

TEST_F(DoorTest, An_old_client_that_expects_100_continue_is_not_told_so) {
  start();
  RawClient client = this->client();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(client.read_response(false, milliseconds(100)), std::nullopt);
  ASSERT_TRUE(client.send("hello"));
  const auto response = client.read_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->body, "/echo hello");
}

TEST_F(DoorTest, An_idle_connection_costs_little_memory_whatever_it_has_asked_before) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers have an allocator of their own";
#else
  constexpr size_t kConnections = 1'000;
  constexpr size_t kMaxIdleBytes = 4'096;
  // Of this process: what malloc has given out. The kernel's buffers of a socket are not ours to measure.
  const auto heap_bytes = [] { return ::mallinfo2().uordblks; };
  start();
  std::vector<RawClient> idle;
  idle.reserve(kConnections);
  const size_t before = heap_bytes();
  for (size_t i = 0; i < kConnections; ++i) idle.push_back(client());
  ASSERT_TRUE(has_connections(kConnections));
  const size_t fresh = (heap_bytes() - before) / kConnections;
  // Answers are small, because the client's buffers are on the same heap.
  const std::string large = get("/bytes/1", "X: " + std::string(15'000, 'x') + "\r\n");
  const std::string with_body = "POST /bytes/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'x');
  for (RawClient& client : idle) {
    for (const std::string* request : {&large, &with_body}) {
      ASSERT_TRUE(client.send(*request));
      ASSERT_TRUE(client.read_response().has_value());
    }
  }
  const size_t used = (heap_bytes() - before) / kConnections;
  RecordProperty("bytes_per_fresh_connection", std::to_string(fresh));
  RecordProperty("bytes_per_used_connection", std::to_string(used));
  std::printf("heap per idle connection: %zu bytes when fresh, %zu after 75 KB of requests\n", fresh, used);
  EXPECT_LE(fresh, kMaxIdleBytes);
  EXPECT_LE(used, kMaxIdleBytes);
#endif
}

// Many clients in a process of their own, whose descriptors are not ours: they connect when told, and leave when told.
class Crowd {
 public:
  static constexpr size_t kMaxCrowd = 100;

  explicit Crowd(size_t size) {
    EXPECT_LE(size, kMaxCrowd);
    EXPECT_EQ(::pipe(to_crowd_.data()), 0);
    EXPECT_EQ(::pipe(from_crowd_.data()), 0);
    process_ = ::fork();
    if (process_ == 0) live(size);
  }
  ~Crowd() {
    for (const int descriptor : {to_crowd_[0], to_crowd_[1], from_crowd_[0], from_crowd_[1]}) ::close(descriptor);
    (void)::waitpid(process_, nullptr, 0);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void connect(uint16_t port) {
    ASSERT_EQ(::write(to_crowd_[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
    char done = 0;
    ASSERT_EQ(::read(from_crowd_[0], &done, 1), 1);
  }
  void leave() { connect(0); }

 private:
  // Only what is safe after fork() in a process with threads.
  [[noreturn]] void live(size_t size) {
    ::close(to_crowd_[1]);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uint16_t port = 0;
    std::array<int, kMaxCrowd> sockets{};
    while (::read(to_crowd_[0], &port, sizeof port) == static_cast<ssize_t>(sizeof port)) {
      address.sin_port = htons(port);
      for (size_t i = 0; i < size; ++i) {
        if (port == 0) {
          ::close(sockets[i]);
          continue;
        }
        sockets[i] = ::socket(AF_INET, SOCK_STREAM, 0);
        (void)::connect(sockets[i], reinterpret_cast<const sockaddr*>(&address), sizeof address);
      }
      (void)!::write(from_crowd_[1], "d", 1);
    }
    ::_exit(0);
  }

  std::array<int, 2> to_crowd_{};
  std::array<int, 2> from_crowd_{};
  pid_t process_ = -1;
};

class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit few = before_;
    few.rlim_cur = count;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~FewDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

// The door keeps kReservedDescriptors for the others of its process; here the others have taken them all.
TEST_F(DoorTest, Without_a_free_descriptor_those_inside_are_served_and_the_others_when_there_is_room_again) {
  Crowd crowd(60);
  start();
  RawClient inside = client();
  ASSERT_TRUE(inside.send(get("/echo")));
  ASSERT_TRUE(inside.read_response().has_value());
  {
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    const FewDescriptors few(static_cast<rlim_t>(lowest_free) + 20);
    crowd.connect(door_->port());
    std::this_thread::sleep_for(milliseconds(200));
    EXPECT_LE(door_->open_connections(), 21u);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(inside.send(get("/echo/" + std::to_string(i))));
      const auto response = inside.read_response();
      ASSERT_TRUE(response.has_value()) << i;
      EXPECT_EQ(response->body, "/echo/" + std::to_string(i) + " ");
    }
  }
  EXPECT_TRUE(has_connections(61));
  crowd.leave();
  EXPECT_TRUE(has_connections(1));
  RawClient next = client();
  ASSERT_TRUE(next.send(get("/echo")));
  EXPECT_TRUE(next.read_response().has_value());
}

}  // namespace
}  // namespace civiclog
