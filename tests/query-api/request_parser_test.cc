#include "query-api/door/request_parser.h"

#include <random>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"

namespace civiclog {
namespace {

using Event = RequestParser::Event;

struct Outcome {
  std::vector<HttpRequest> requests;
  std::optional<ProtocolError> error;
  size_t continues = 0;
};

// Takes everything the parser has to give after each piece.
void take(RequestParser& parser, Outcome& outcome) {
  for (;;) {
    switch (parser.advance()) {
      case Event::kNeedMore: return;
      case Event::kContinue: ++outcome.continues; break;
      case Event::kRequest: outcome.requests.push_back(parser.take_request()); break;
      case Event::kError: outcome.error = parser.error(); return;
    }
  }
}

Outcome parse_pieces(const std::vector<std::string>& pieces, RequestLimits limits = {}) {
  RequestParser parser(limits);
  Outcome outcome;
  for (const std::string& piece : pieces) {
    parser.feed(piece);
    take(parser, outcome);
    if (outcome.error) break;
  }
  return outcome;
}

Outcome parse(const std::string& bytes, RequestLimits limits = {}) { return parse_pieces({bytes}, limits); }

int status_of(const std::string& bytes, RequestLimits limits = {}) {
  const Outcome outcome = parse(bytes, limits);
  return outcome.error ? outcome.error->status : outcome.requests.empty() ? 0 : 200;
}

// A request line and headers, then "Host".
std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

std::string describe(const Outcome& outcome) {
  std::string text;
  for (const HttpRequest& request : outcome.requests) {
    text += std::string(name_of(request.method)) + " " + request.target + " host=" + request.host +
            " 1." + std::to_string(request.minor_version) + (request.keep_alive ? " keep" : " close") + "\n";
    for (const std::string& segment : request.segments) text += "  /" + to_hex(segment) + "\n";
    for (const Field& field : request.query) text += "  ?" + to_hex(field.name) + "=" + to_hex(field.value) + "\n";
    for (const Field& field : request.headers) text += "  " + field.name + ": " + to_hex(field.value) + "\n";
    text += "  body " + to_hex(request.body) + "\n";
  }
  if (outcome.error) text += "error " + std::to_string(outcome.error->status) + " " + outcome.error->reason + "\n";
  return text;
}

TEST(RequestParser, A_plain_request_is_read_with_everything_in_it) {
  const Outcome outcome = parse("GET /v1/topics/a%20b%2Fc?x=1&y=%C3%A4+z&x=2&flag&&=e HTTP/1.1\r\nHost: example.org:8080\r\nX-One:  a b \t\r\nx-one:\r\n\r\n");
  ASSERT_EQ(outcome.requests.size(), 1u) << describe(outcome);
  const HttpRequest& request = outcome.requests[0];
  EXPECT_EQ(request.method, Method::kGet);
  EXPECT_EQ(request.host, "example.org:8080");
  EXPECT_THAT(request.segments, testing::ElementsAre("v1", "topics", "a b/c"));
  EXPECT_THAT(request.query, testing::ElementsAre(Field{"x", "1"}, Field{"y", "\xC3\xA4 z"}, Field{"x", "2"},
                                                  Field{"flag", ""}, Field{"", "e"}));
  EXPECT_THAT(request.headers, testing::ElementsAre(Field{"host", "example.org:8080"}, Field{"x-one", "a b"}, Field{"x-one", ""}));
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(request.joined_header("x-one"), "a b, ");
  EXPECT_FALSE(request.query_value("x").has_value());
  EXPECT_EQ(request.query_value("flag").value(), "");
  EXPECT_EQ(request.query_value("absent").value(), std::nullopt);
  EXPECT_FALSE(request.allow_query({"x", "y"}).has_value());
  EXPECT_TRUE(request.allow_query({"x", "y", "flag", ""}).has_value());
}

TEST(RequestParser, Empty_segments_are_kept_apart_from_none) {
  EXPECT_THAT(parse(get("/")).requests.at(0).segments, testing::ElementsAre(""));
  EXPECT_THAT(parse(get("/a/")).requests.at(0).segments, testing::ElementsAre("a", ""));
  EXPECT_THAT(parse(get("//a")).requests.at(0).segments, testing::ElementsAre("", "a"));
}

TEST(RequestParser, The_request_line_is_held_to_the_grammar) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET /x HTTP/1.1", 200},     {"GET /x HTTP/1.0", 200},    {"GET  /x HTTP/1.1", 400},   {"GET /x  HTTP/1.1", 400},
      {" GET /x HTTP/1.1", 400},    {"GET /x HTTP/1.1 ", 400},   {"GET /x", 400},             {"GET", 400},
      {"GET /x y HTTP/1.1", 400},   {"G=T /x HTTP/1.1", 400},    {"get /x HTTP/1.1", 501},    {"BREW /x HTTP/1.1", 501},
      {"CONNECT a:1 HTTP/1.1", 501}, {"TRACE / HTTP/1.1", 501},  {"GET /x HTTP/2.0", 505},    {"GET /x HTTP/1.2", 505},
      {"GET /x HTTP/0.9", 505},     {"GET /x HTTP/1", 400},      {"GET /x http/1.1", 400},    {"GET /x HTTP/1.1x", 400},
      {"GET /x HTTP/11", 400},      {"GET /x HTTP/+1.1", 400},   {"GET x HTTP/1.1", 400},     {"GET * HTTP/1.1", 400},
      {"OPTIONS * HTTP/1.1", 200},  {"GET /x#f HTTP/1.1", 400},  {"GET /\x7f HTTP/1.1", 400}, {"GET /\xC3\xA4 HTTP/1.1", 400},
      {"GET /\" HTTP/1.1", 400},    {"GET /<x> HTTP/1.1", 400},  {"GET /x\tHTTP/1.1", 400},   {"PRI * HTTP/2.0", 505},
      {"\x16\x03\x01", 400},
  };
  for (const auto& [line, expected] : cases) {
    EXPECT_EQ(status_of(line + "\r\nHost: a\r\n\r\n"), expected) << line;
  }
  EXPECT_EQ(status_of(std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28)), 400);
}

TEST(RequestParser, Targets_are_decoded_strictly) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"/%41", 200},  {"/%4", 400},      {"/%", 400},     {"/%4G", 400},   {"/%00", 400},     {"/%0a", 400},     {"/%7f", 400},
      {"/%ff", 400},  {"/%C3%28", 400},  {"/a/../b", 400}, {"/%2e%2E", 400}, {"/.", 400},      {"/...", 200},     {"/a?b=%00", 400},
      {"/a?%zz", 400}, {"/a?b=%ff", 400}, {"/a?b=%0A", 200}, {"/a?[x]=1", 400}, {"/a?b?c", 200}, {"/a?b=c=d", 200}, {"/a?", 200},
      {"http://b/x", 200}, {"HTTPS://b:1/x?y", 200}, {"http://b", 200}, {"http://b?x=1", 200}, {"ftp://b/x", 400}, {"http:///x", 400},
      {"http://u@b/x", 400}, {"http://b:x/", 400}, {"http://[::1]:80/", 200}, {"http://[x]/", 400}, {"b:80", 400},
  };
  for (const auto& [target, expected] : cases) EXPECT_EQ(status_of(get(target)), expected) << target;
  EXPECT_EQ(parse(get("http://b:1/x?y=2")).requests.at(0).host, "b:1");
  EXPECT_THAT(parse(get("http://b?y=2")).requests.at(0).segments, testing::ElementsAre(""));
  std::string many = "/a?";
  for (size_t i = 0; i <= kMaxQueryParameters; ++i) many += "b&";
  EXPECT_EQ(status_of(get(many)), 400);
}

TEST(RequestParser, Lines_end_in_CRLF_and_nothing_else) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\rHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"), 400);
  EXPECT_EQ(status_of("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(status_of("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestParser, Header_lines_are_held_to_the_grammar) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"X: y\r\n", 200},     {"X:y\r\n", 200},         {"X:\r\n", 200},          {"X : y\r\n", 400},    {"X\t: y\r\n", 400},
      {": y\r\n", 400},      {"X\r\n", 400},           {"X: a\r\n b\r\n", 400},  {" X: a\r\n", 400},    {"\tX: a\r\n", 400},
      {"X(: a\r\n", 400},    {"X\xC3: a\r\n", 400},    {"X: \xC3\xA4\r\n", 200}, {"X: \x01\r\n", 400},  {"X: \x7f\r\n", 400},
      {"X: a\tb\r\n", 200},  {"Host: b\r\n", 400},     {"host: a\r\n", 400},
  };
  for (const auto& [header, expected] : cases) EXPECT_EQ(status_of(get("/", header)), expected) << header;
  EXPECT_EQ(status_of(get("/", std::string("X: a\0b\r\n", 8))), 400);
}

TEST(RequestParser, A_1_1_request_has_exactly_one_valid_host) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET http://a/ HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  for (const char* host : {"a", "a.b-c_d", "1.2.3.4:80", "[::1]", "[::1]:8080", "a:"}) {
    EXPECT_EQ(status_of(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"), 200) << host;
  }
  for (const char* host : {"", "a b", "a/b", "a:b", "a:123456", "u@a", ":80", "[::1", "[]", "[::1]x", "a\\b", "http://a"}) {
    EXPECT_EQ(status_of(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"), 400) << host;
  }
}

TEST(RequestParser, A_body_is_as_long_as_its_one_length_says) {
  EXPECT_EQ(parse(post("Content-Length: 5\r\n", "hello")).requests.at(0).body, "hello");
  EXPECT_EQ(parse(post("Content-Length: 0\r\n", "")).requests.at(0).body, "");
  EXPECT_EQ(parse(post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")).requests.at(0).body, "hello");
  EXPECT_EQ(parse(post("", "")).requests.size(), 1u);
  for (const char* length : {"", "abc", "3x", "+3", "-1", "0x5", "5, 5", "5 5", "3.0", "\xC2\xB2"}) {
    EXPECT_EQ(status_of(post(std::string("Content-Length: ") + length + "\r\n", "hello")), 400) << length;
  }
  EXPECT_EQ(status_of(post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")), 400);
  EXPECT_EQ(status_of(post("Content-Length: 5\r\nContent-Length: 05\r\n", "hello")), 400);
  EXPECT_EQ(status_of(post("Content-Length: 65537\r\n", "")), 413);
  EXPECT_EQ(status_of(post("Content-Length: 99999999999999999999999999\r\n", "")), 413);
}

TEST(RequestParser, Length_and_encoding_together_are_refused) {
  EXPECT_EQ(status_of(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  for (const char* coding : {"chunk", "gzip", "gzip, chunked", "chunked, chunked", "identity", "", "chunked;x", "xchunked"}) {
    EXPECT_EQ(status_of(post(std::string("Transfer-Encoding: ") + coding + "\r\n", "0\r\n\r\n")), 501) << coding;
  }
  EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 501);
}

TEST(RequestParser, Chunks_are_decoded_strictly) {
  const std::string chunked = "Transfer-Encoding: Chunked\r\n";
  EXPECT_EQ(parse(post(chunked, "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")).requests.at(0).body, "hello world");
  EXPECT_EQ(parse(post(chunked, "0\r\n\r\n")).requests.at(0).body, "");
  EXPECT_EQ(parse(post(chunked, "00a;x=\"y z\" ;q\r\n0123456789\r\n0;last\r\nTrailer: dropped\r\n\r\n")).requests.at(0).body, "0123456789");
  EXPECT_EQ(parse(post(chunked, "0\r\nX: y\r\n\r\n")).requests.at(0).header("x"), std::nullopt);
  for (const char* body : {"0x5\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "5\r\nhello0\r\n\r\n",
                           "5\nhello\r\n0\r\n\r\n", "5 x\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "-5\r\n",
                           "5 \r\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\r\n", "123456789\r\n", "0\r\nbad trailer\r\n\r\n",
                           "0\r\n X: y\r\n\r\n", ";x\r\n"}) {
    EXPECT_EQ(status_of(post(chunked, body)), 400) << body;
  }
  EXPECT_EQ(status_of(post(chunked, "10001\r\n")), 413);
  EXPECT_EQ(status_of(post(chunked, "ffffffff\r\n")), 413);
  EXPECT_EQ(status_of(post(chunked, "1;" + std::string(kMaxChunkLineBytes, 'x') + "\r\n")), 400);
  std::string padded;
  for (size_t i = 0; i < 50; ++i) padded += "1;" + std::string(100, 'x') + "\r\nA\r\n";
  EXPECT_EQ(status_of(post(chunked, padded)), 400);
  std::string two_halves = "8000\r\n" + std::string(0x8000, 'x') + "\r\n8001\r\n";
  EXPECT_EQ(status_of(post(chunked, two_halves)), 413);
}

TEST(RequestParser, Every_limit_is_exact) {
  const RequestLimits limits{40, 60, 3, 10};
  const std::string line_overhead = "GET / HTTP/1.1";
  EXPECT_EQ(status_of("GET /" + std::string(40 - line_overhead.size(), 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits), 200);
  EXPECT_EQ(status_of("GET /" + std::string(41 - line_overhead.size(), 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits), 414);
  EXPECT_EQ(status_of("GET /" + std::string(5000, 'a'), limits), 414);
  const std::string host = "Host: a\r\n";  // 9 bytes
  EXPECT_EQ(status_of(get("/", "X: " + std::string(60 - 9 - 5, 'a') + "\r\n"), limits), 200);
  EXPECT_EQ(status_of(get("/", "X: " + std::string(61 - 9 - 5, 'a') + "\r\n"), limits), 431);
  EXPECT_EQ(status_of(get("/", "X: " + std::string(5000, 'a')), limits), 431);
  EXPECT_EQ(status_of(get("/", "A: 1\r\nB: 1\r\n"), limits), 200);
  EXPECT_EQ(status_of(get("/", "A: 1\r\nB: 1\r\nC: 1\r\n"), limits), 431);
  EXPECT_EQ(status_of(post("Content-Length: 10\r\n", "0123456789"), limits), 200);
  EXPECT_EQ(status_of(post("Content-Length: 11\r\n", "0123456789x"), limits), 413);
}

TEST(RequestParser, Twenty_thousand_slashes_are_twenty_thousand_segments) {
  const RequestLimits limits{64 * 1024, 1024, 10, 10};
  EXPECT_EQ(parse(get(std::string(20'000, '/')), limits).requests.at(0).segments.size(), 20'000u);
  EXPECT_EQ(status_of(get(std::string(20'000, '/'))), 414);
}

TEST(RequestParser, Persistence_follows_version_and_connection) {
  const auto keeps = [](const std::string& version, const std::string& connection) {
    return parse("GET / HTTP/" + version + "\r\nHost: a\r\n" + connection + "\r\n").requests.at(0).keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: x , Close\r\n"));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive\r\nConnection: close\r\n"));
}

TEST(RequestParser, Expect_is_answered_only_while_the_client_waits) {
  EXPECT_EQ(parse_pieces({post("Expect: 100-continue\r\nContent-Length: 5\r\n", ""), "hello"}).continues, 1u);
  EXPECT_EQ(parse(post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello")).continues, 0u);
  EXPECT_EQ(parse(post("Expect: 100-continue\r\n", "")).continues, 0u);
  EXPECT_EQ(status_of(post("Expect: a-miracle\r\n", "")), 417);
  EXPECT_EQ(status_of(post("Expect: 100-continue\r\nContent-Length: 99999999\r\n", "")), 413);
}

TEST(RequestParser, Pipelined_requests_come_out_in_order) {
  const Outcome outcome = parse(get("/1") + post("Content-Length: 3\r\n", "abc") + post("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n") + get("/4"));
  ASSERT_EQ(outcome.requests.size(), 4u);
  EXPECT_EQ(outcome.requests[0].target, "/1");
  EXPECT_EQ(outcome.requests[1].body, "abc");
  EXPECT_EQ(outcome.requests[2].body, "x");
  EXPECT_EQ(outcome.requests[3].target, "/4");
}

TEST(RequestParser, Nothing_after_an_error_is_read) {
  RequestParser parser{RequestLimits{}};
  parser.feed(post("Content-Length: 70000\r\n", get("/smuggled")));
  EXPECT_EQ(parser.advance(), Event::kError);
  parser.feed(get("/smuggled"));
  EXPECT_EQ(parser.advance(), Event::kError);
  EXPECT_EQ(parser.error().status, 413);
}

TEST(RequestParser, Phases_tell_what_is_awaited) {
  RequestParser parser{RequestLimits{}};
  EXPECT_EQ(parser.phase(), RequestParser::Phase::kIdle);
  const auto after = [&](const std::string& bytes) {
    parser.feed(bytes);
    EXPECT_EQ(parser.advance(), Event::kNeedMore);
    return parser.phase();
  };
  EXPECT_EQ(after("\r\n"), RequestParser::Phase::kIdle);
  EXPECT_EQ(after("P"), RequestParser::Phase::kHead);
  EXPECT_EQ(after("OST / HTTP/1.1\r\n"), RequestParser::Phase::kHead);
  EXPECT_EQ(after("Host: a\r\nContent-Length: 2\r\n\r\n"), RequestParser::Phase::kBody);
  EXPECT_EQ(after("x"), RequestParser::Phase::kBody);
}

const std::vector<std::string>& specimens() {
  static const std::vector<std::string> all = {
      get("/a%20b?x=1&y=2", "X: y\r\nConnection: close\r\n"),
      "\r\n" + post("Content-Length: 11\r\n", "hello world") + get("/next"),
      post("Transfer-Encoding: chunked\r\n", "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\n\r\n") + get("/next"),
      post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\r\n"),
      "GET / HTTP/1.1\nHost: a\r\n\r\n",
      get("/", "X: a\r\n b\r\n"),
      post("Content-Length: 70000\r\n", "x"),
      "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/3.0\r\n\r\n",
  };
  return all;
}

TEST(RequestParser, The_outcome_is_the_same_at_every_split) {
  for (const std::string& bytes : specimens()) {
    const std::string whole = describe(parse(bytes));
    std::vector<std::string> single;
    for (size_t i = 0; i <= bytes.size(); ++i) {
      EXPECT_EQ(describe(parse_pieces({bytes.substr(0, i), bytes.substr(i)})), whole) << bytes << "\nsplit at " << i;
      if (i < bytes.size()) single.push_back(bytes.substr(i, 1));
    }
    EXPECT_EQ(describe(parse_pieces(single)), whole) << bytes;
  }
}

TEST(RequestParser, The_outcome_of_damaged_bytes_is_the_same_at_every_split) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  for (size_t round = 0; round < 20'000; ++round) {
    std::string bytes = specimens()[pick(specimens().size())];
    for (size_t changes = pick(4); changes > 0; --changes) {
      const size_t at = pick(bytes.size());
      static constexpr std::string_view kLikely("\r\n \t:;,0f%/?#\0\x7f\xff", 17);
      if (pick(2) == 0) bytes[at] = kLikely[pick(kLikely.size())];
      else if (pick(2) == 0) bytes.erase(at, 1 + pick(3));
      else bytes.insert(at, 1, kLikely[pick(kLikely.size())]);
      if (bytes.empty()) bytes = "x";
    }
    const size_t first = pick(bytes.size());
    const size_t second = first + pick(bytes.size() - first);
    ASSERT_EQ(describe(parse_pieces({bytes.substr(0, first), bytes.substr(first, second - first), bytes.substr(second)})),
              describe(parse(bytes)))
        << to_hex(bytes) << " split at " << first << " and " << second;
  }
}

}  // namespace
}  // namespace civiclog
