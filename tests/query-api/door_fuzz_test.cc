#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/query-api/api_fixture.h"

// Damaged requests against the whole service, reads and writes, through the socket: it never crashes, never hangs, and never answers
// 5xx but for what HTTP itself has no other answer: 501 for a method or coding that nobody here knows, 505 for a version.

namespace civiclog {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kMessages = 4'000;
#else
constexpr size_t kMessages = 24'000;
#endif
constexpr size_t kFuzzThreads = 3;
constexpr size_t kMaxPipelined = 4;
constexpr size_t kMaxChanges = 4;
constexpr size_t kMessagesBetweenLooks = 200;

const std::array<std::string, 24> kBits = {
    std::string(1, '\0'), "\r", "\n", "\r\n", "\r\n\r\n", ":", "/", "//", "%", "%00", "%2F", "%ff", "?", "&", "=", "\"", "{", "}", "[",
    "\xff\xfe", "\xed\xa0\x80", "-1", "99999999999999999999", " "};

class DoorFuzzTest : public ApiTest {
 protected:
  DoorFuzzTest() {
    KeySet keys;
    EXPECT_TRUE(keys.add_installation_key(key_->id(), key_->public_key()));
    GateOptions options;
    // As wide as may be, so that the damage gets past the gate.
    options.per_subject = options.per_address = {.burst = kMaxBurst, .interval = kMinRateInterval};
    wide_gate_ = std::make_unique<Gate>(options, std::move(keys), installation_->vault().index_key(),
                                        [this] { return Timestamp{clock_ms_.load()}; });
    ReadSideOptions side;
    side.clock = [this] { return Timestamp{clock_ms_.load()}; };
    side.log = [this](std::string_view sentence) { say(sentence); };
    fuzzed_api_ = std::make_unique<Api>(*installation_, std::move(side), wide_gate_.get());
    DoorOptions door_options;
    door_options.threads = 3;
    door_options.log = [this](std::string_view sentence) { say(sentence); };
    auto door = Door::start(door_options, [this](const HttpRequest& request) { return fuzzed_api_->handle(request); });
    EXPECT_TRUE(door);
    fuzzed_door_ = std::move(*door);
    make_specimens();
  }
  ~DoorFuzzTest() override {
    fuzzed_api_->begin_stop();
    fuzzed_door_.reset();
  }

  void say(std::string_view sentence) {
    const std::lock_guard lock(mutex_);
    said_.emplace_back(sentence);
  }

  void make_specimens() {
    const std::string host = "Host: a\r\n";
    const std::string opinion = story_->opinion.text();
    const std::vector<std::string> targets = {
        "/v1/head", "/v1/organisations?limit=2", "/v1/organisations/riverside/activity?order=oldest&limit=3",
        "/v1/topics?organisation=riverside", "/v1/topics/tram", "/v1/topics/tram/contributions?kind=opinion&status=open&limit=2",
        "/v1/topics/tram/results?limit=1", "/v1/topics/tram/activity?order=newest", "/v1/topics/tram/moderation",
        "/v1/contributions/" + opinion + "?as_of=12", "/v1/contributions/" + opinion + "?as_of=2026-03-10T08:00:00Z",
        "/v1/contributions/" + opinion + "/comments?stance=for&limit=2", "/v1/events?after=3&limit=5", "/v1/topics/tram/ballot",
        "/healthz", "/readyz", "/metrics", "http://a/v1/head"};
    for (const std::string& target : targets) {
      specimens_.push_back("GET " + target + " HTTP/1.1\r\n" + host + "Accept: application/json\r\nIf-None-Match: \"7\", W/\"8\"\r\n\r\n");
    }
    specimens_.push_back("HEAD /v1/topics/tram HTTP/1.1\r\n" + host + "Accept-Encoding: gzip;q=0.5, *\r\n\r\n");
    specimens_.push_back("OPTIONS * HTTP/1.1\r\n" + host + "\r\n");
    specimens_.push_back("OPTIONS /v1/topics HTTP/1.1\r\n" + host + "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n");
    specimens_.push_back("GET /v1/head HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const std::string ana = token(story_->ana);
    const std::string owner = token(story_->owner);
    add_write("PUT /v1/contributions/" + opinion + "/ballot", ana, R"({"choice":"agree","version":1})");
    add_write("DELETE /v1/contributions/" + opinion + "/ballot", ana, "");
    add_write("POST /v1/topics/tram/contributions", ana, R"({"kind":"opinion","title":"A \u00e9","body":"It \ud83d\ude8a stops."})");
    add_write("POST /v1/contributions/" + opinion + "/comments", ana, R"({"body":"Yes.","stance":"for"})");
    add_write("POST /v1/contributions/" + opinion + "/versions", ana, R"({"substantive":true,"body":"Again."})");
    add_write("POST /v1/moderation/flags", ana, R"({"contribution":")" + opinion + R"(","ground":"spam","explanation":"x"})");
    add_write("PUT /v1/topics/tram/rules", owner, R"({"secrecy":"pseudonymous","pre_moderation":false,"kinds":["opinion"]})");
    add_write("POST /v1/organisations", token("installation"), R"({"slug":"lakeside","name":"Lakeside"})");
    specimens_.push_back("PUT /v1/contributions/" + opinion + "/ballot HTTP/1.1\r\n" + host + "Authorization: Bearer " + ana +
                         "\r\nIdempotency-Key: KEY\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
                         "10;a=b\r\n{\"choice\":\"agree\r\ne\r\n\",\"version\":1}\r\n0\r\nX: y\r\n\r\n");
  }

  void add_write(const std::string& line, const std::string& token, const std::string& body) {
    specimens_.push_back(line + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token +
                         "\r\nIdempotency-Key: KEY\r\nIf-Match: \"20\"\r\nContent-Type: application/json\r\nContent-Length: " +
                         std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  std::unique_ptr<Gate> wide_gate_;
  std::unique_ptr<Api> fuzzed_api_;
  std::unique_ptr<Door> fuzzed_door_;
  std::vector<std::string> specimens_;
  std::mutex mutex_;
  std::vector<std::string> said_;  // To the operator. Guarded by mutex_.
};

// One sequence of damaged messages, from one seed.
class Fuzzer {
 public:
  Fuzzer(const std::vector<std::string>& specimens, uint32_t seed) : specimens_(specimens), random_(seed) {}

  std::string message() {
    std::string bytes = specimens_[pick(specimens_.size())];
    // A new key now and then, so that acts are decided and not only repeated.
    if (const size_t key = bytes.find("KEY"); key != std::string::npos) bytes.replace(key, 3, "k" + std::to_string(pick(1'000'000)));
    for (size_t changes = pick(kMaxChanges + 1); changes > 0; --changes) change(bytes);
    return bytes;
  }

  size_t pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }

 private:
  void change(std::string& bytes) {
    if (bytes.empty()) return;
    const size_t at = pick(bytes.size());
    const size_t length = std::min(bytes.size() - at, 1 + pick(pick(4) == 0 ? 200 : 8));
    const std::string& other = specimens_[pick(specimens_.size())];
    switch (pick(9)) {
      case 0: bytes[at] = static_cast<char>(pick(256)); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << pick(8))); break;
      case 2: bytes.erase(at, length); break;
      case 3: bytes.insert(at, bytes.substr(at, length)); break;
      case 4: bytes.insert(at, kBits[pick(kBits.size())]); break;
      case 5: bytes.replace(at, length, kBits[pick(kBits.size())]); break;
      case 6: bytes.insert(at, std::string(1 + pick(pick(20) == 0 ? 20'000 : 50), bytes[at])); break;
      case 7: bytes = bytes.substr(0, at) + other.substr(pick(other.size())); break;
      default: swap_line(bytes, other); break;
    }
  }

  // Puts a line of another message into this one.
  void swap_line(std::string& bytes, const std::string& other) {
    const size_t begin = other.find("\r\n", pick(other.size()));
    const size_t end = begin == std::string::npos ? begin : other.find("\r\n", begin + 2);
    const size_t at = bytes.find("\r\n", pick(bytes.size()));
    if (end != std::string::npos && at != std::string::npos) bytes.insert(at, other.substr(begin, end - begin));
  }

  const std::vector<std::string>& specimens_;
  std::mt19937 random_;
};

// The statuses in a stream of answers. Their bodies never contain the version with a space and a number behind it.
std::vector<int> statuses_in(const std::string& stream) {
  static const std::string kVersion = "HTTP/1.1 ";
  std::vector<int> out;
  for (size_t at = stream.find(kVersion); at != std::string::npos; at = stream.find(kVersion, at + 1)) {
    const std::string digits = stream.substr(at + kVersion.size(), 3);
    if (digits.size() == 3 && std::ranges::all_of(digits, [](unsigned char c) { return std::isdigit(c); })) out.push_back(std::stoi(digits));
  }
  return out;
}

bool is_allowed(int status) { return status < 500 || status == 501 || status == 505; }

std::string escaped(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 4'000)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return out;
}

TEST_F(DoorFuzzTest, Damaged_requests_are_answered_and_harm_nobody) {
  const uint32_t seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  RecordProperty("seed", std::to_string(seed));
  std::atomic<size_t> messages = 0;
  std::array<std::atomic<size_t>, 600> answers{};
  const auto fuzz = [&](uint32_t thread_seed) {
    Fuzzer fuzzer(specimens_, thread_seed);
    size_t next_look = 0;
    while (messages < kMessages && !HasFailure()) {
      RawClient client(fuzzed_door_->port());
      ASSERT_TRUE(client.connected());
      std::string bytes;
      for (size_t count = 1 + fuzzer.pick(kMaxPipelined); count > 0; --count, ++messages) bytes += fuzzer.message();
      const size_t cut = fuzzer.pick(bytes.size() + 1);
      (void)client.send(std::string_view(bytes).substr(0, cut));
      (void)client.send(std::string_view(bytes).substr(cut));
      if (fuzzer.pick(10) == 0) continue;
      client.half_close();
      const std::string stream = client.read_all();
      ASSERT_TRUE(client.at_end()) << "hangs: " << escaped(bytes);
      for (const int status : statuses_in(stream)) {
        ++answers[static_cast<size_t>(std::min(status, 599))];
        EXPECT_TRUE(is_allowed(status)) << status << " to " << escaped(bytes) << "\nanswers: " << stream.substr(0, 4'000);
      }
      if (messages < next_look) continue;
      next_look = messages + kMessagesBetweenLooks;
      RawClient other(fuzzed_door_->port());
      ASSERT_TRUE(other.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
      const auto alive = other.read_response();
      ASSERT_TRUE(alive.has_value());
      ASSERT_EQ(alive->status, 200) << alive->body;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (uint32_t i = 0; i < kFuzzThreads; ++i) threads.emplace_back([&, i] { fuzz(seed + i); });
  }
  EXPECT_GE(messages, kMessages);
  std::string summary;
  for (size_t status = 0; status < answers.size(); ++status) {
    if (answers[status] > 0) summary += " " + std::to_string(status) + ":" + std::to_string(answers[status]);
  }
  std::printf("%zu messages, answers by status:%s\n", messages.load(), summary.c_str());
  RecordProperty("answers", summary);
  // Enough of the damage got through to reads and to decided acts.
  EXPECT_GT(answers[200] + answers[201], kMessages / 20);
  EXPECT_GT(answers[400], kMessages / 20);
  const std::lock_guard lock(mutex_);
  for (const std::string& sentence : said_) ADD_FAILURE() << "seed " << seed << ": " << sentence;
}

// Each is allowed by RFC 9110, and each has made some server answer 500.
TEST_F(DoorFuzzTest, Odd_but_legal_headers_never_make_a_5xx) {
  const std::vector<std::string> headers = {
      "Accept: foo", "Accept:", "Accept: text/html;q=1.5", "Accept: */*;q=0", "Accept-Encoding: ,, gzip;q=0, ;q=", "Accept-Language: *",
      "Cookie: abc", "Cookie: a=b;c", "Cookie: =;;=", "Cache-Control: foo", "Cache-Control: max-age=1, stale-while-revalidate=5",
      "Cache-Control: max-age=99999999999999999999", "Date: yesterday", "Content-Type: x", "Content-Type:", "User-Agent:",
      "User-Agent: caf\xe9 \xff", "X-Odd: \t tab \t", "!#$%&'*+-.^_`|~09az: all of tchar", "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "TE: trailers, deflate;q=0.5", "Trailer: Expires", "Via: 1.0 fred, 1.1 p.example",
      "Forwarded: for=\"_gazonk\"", "X-Forwarded-For: ::1, unknown, ,", "Range: bytes=0-,-5", "If-Range: \"a\"", "If-Match: *", "If-Match: ,",
      "If-None-Match: *", "If-None-Match: W/\"\xff\"", "If-None-Match: \"", "If-Modified-Since: Sat, 30 Feb 2030 25:61:61 GMT", "If-Unmodified-Since: x",
      "Max-Forwards: 0", "Authorization:", "Authorization: Basic YTpi", "Authorization: Bearer", "Authorization: Bearer a.b.c",
      "Proxy-Authorization: x", "Origin: null", "Origin: not a url", "Access-Control-Request-Method: BREW", "Idempotency-Key:",
      "Idempotency-Key: \xff", "Referer: ::::", "From: nobody", "Warning: 199 - \"x\"", "Pragma: no-cache", "Keep-Alive: timeout=-1",
      "Content-Language: ,", "Content-Encoding: gzip", "Content-Length: 0", "Sec-WebSocket-Key: x", "Prefer: wait=99999999999"};
  for (const std::string line : {"GET /v1/topics/tram", "HEAD /v1/topics/tram", "GET /v1/topics/tram/results", "OPTIONS /v1/topics",
                                 "PUT /v1/topics/tram/rules", "DELETE /v1/contributions/x/ballot", "GET /readyz"}) {
    RawClient client(fuzzed_door_->port());
    for (const std::string& header : headers) {
      ASSERT_TRUE(client.send(line + " HTTP/1.1\r\nHost: a\r\n" + header + "\r\n\r\n")) << header;
      const auto response = client.read_response(line.starts_with("HEAD"));
      ASSERT_TRUE(response.has_value()) << line << " " << header;
      EXPECT_LT(response->status, 500) << line << " " << header << " " << response->body;
      EXPECT_EQ(response->header("connection"), "") << line << " " << header;
    }
  }
}

TEST_F(DoorFuzzTest, OPTIONS_of_a_route_and_of_everything_are_answered) {
  for (const std::string target : {"/v1/topics/tram", "*"}) {
    RawClient client(fuzzed_door_->port());
    ASSERT_TRUE(client.send("OPTIONS " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto response = client.read_response();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 204) << response->body;
    EXPECT_NE(response->header("allow").find("GET"), std::string::npos);
  }
  RawClient client(fuzzed_door_->port());
  for (const std::string method : {"TRACE", "CONNECT", "BREW"}) {
    RawClient other(fuzzed_door_->port());
    ASSERT_TRUE(other.send(method + " /v1/topics HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto response = other.read_response();
    ASSERT_TRUE(response.has_value());
    EXPECT_TRUE(response->status == 501 || response->status == 405 || response->status == 400) << response->status;
  }
}

}  // namespace
}  // namespace civiclog
