#include "query-api/door/router.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "query-api/door/problem.h"
#include "query-api/door/request_target.h"

namespace civiclog {
namespace {

HttpRequest request_for(Method method, const std::string& target) {
  HttpRequest request;
  request.method = method;
  EXPECT_EQ(parse_target(target, request), std::nullopt) << target;
  return request;
}

// Answers with the pattern and the values it was reached by.
Router::RouteHandler echo(std::vector<std::string> names = {}) {
  return [names](const HttpRequest&, const PathParameters& parameters) {
    std::string body(parameters.pattern());
    for (const std::string& name : names) body += " " + name + "=" + std::string(parameters.at(name));
    return text_response(200, body);
  };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.add(Method::kGet, "/", echo());
    router_.add(Method::kGet, "/v1/topics", echo());
    router_.add(Method::kPost, "/v1/topics", echo());
    router_.add(Method::kGet, "/v1/topics/recent", echo());
    router_.add(Method::kGet, "/v1/topics/{topic}", echo({"topic"}));
    router_.add(Method::kDelete, "/v1/topics/{topic}", echo({"topic"}));
    router_.add(Method::kGet, "/v1/topics/{topic}/contributions", echo({"topic"}));
    router_.add(Method::kGet, "/v1/topics/{topic}/comments/{comment}", echo({"topic", "comment"}));
  }
  HttpResponse answer(const HttpRequest& request) { return std::get<HttpResponse>(router_.handle(request)); }
  std::string body(const std::string& target) { return answer(request_for(Method::kGet, target)).body; }
  int status(const std::string& target, Method method = Method::kGet) { return answer(request_for(method, target)).status; }

  Router router_;
};

std::string member(const HttpResponse& response, const char* name) {
  return std::string(boost::json::parse(response.body).at(name).as_string());
}

std::string header_of(const HttpResponse& response, const std::string& name) {
  for (const Field& field : response.headers) {
    if (field.name == name) return field.value;
  }
  return {};
}

TEST_F(RouterTest, Patterns_take_their_segments_decoded) {
  EXPECT_EQ(body("/"), "/");
  EXPECT_EQ(body("/v1/topics"), "/v1/topics");
  EXPECT_EQ(body("/v1/topics/a%20b%2Fc"), "/v1/topics/{topic} topic=a b/c");
  EXPECT_EQ(body("/v1/topics/7/comments/8"), "/v1/topics/{topic}/comments/{comment} topic=7 comment=8");
  EXPECT_EQ(body("/%761/topics?x=1"), "/v1/topics");
}

TEST_F(RouterTest, A_written_segment_is_preferred_and_does_not_hide_longer_patterns) {
  EXPECT_EQ(body("/v1/topics/recent"), "/v1/topics/recent");
  EXPECT_EQ(body("/v1/topics/recent/contributions"), "/v1/topics/{topic}/contributions topic=recent");
  EXPECT_EQ(status("/v1/topics/recent", Method::kDelete), 405);
}

TEST_F(RouterTest, What_fits_no_pattern_is_404) {
  for (const char* target : {"/v1", "/v1/", "/v1/topics/", "/v1/topics//contributions", "//", "//v1/topics", "/V1/topics", "/v1%2Ftopics",
                             "/v1/topics/7/contributions/", "/v1/topics/7/comments"}) {
    EXPECT_EQ(status(target), 404) << target;
  }
  const HttpResponse response = answer(request_for(Method::kPost, "/nowhere"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(member(response, "code"), "route_not_found");
}

TEST_F(RouterTest, Another_method_is_405_with_allow) {
  const HttpResponse response = answer(request_for(Method::kPut, "/v1/topics"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header_of(response, "Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(header_of(response, "Content-Type"), "application/problem+json");
  EXPECT_EQ(member(response, "code"), "method_not_allowed");
}

TEST_F(RouterTest, HEAD_and_OPTIONS_need_no_route_of_their_own) {
  EXPECT_EQ(status("/v1/topics", Method::kHead), 200);
  const HttpResponse response = answer(request_for(Method::kOptions, "/v1/topics/7"));
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header_of(response, "Allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(status("/nowhere", Method::kOptions), 404);
  EXPECT_EQ(status("*", Method::kOptions), 204);
}

TEST_F(RouterTest, Twenty_thousand_slashes_are_a_404) {
  EXPECT_EQ(status(std::string(20'000, '/')), 404);
  std::string long_path;
  for (size_t i = 0; i < 20'000; ++i) long_path += "/a";
  EXPECT_EQ(status(long_path), 404);
}

TEST_F(RouterTest, Many_threads_may_ask_at_once) {
  std::vector<std::jthread> threads;
  std::atomic<size_t> right = 0;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 2'000; ++i) {
        const std::string id = std::to_string(t * 10'000 + i);
        HttpRequest request;
        request.segments = {"v1", "topics", id};
        request.method = i % 2 == 0 ? Method::kGet : Method::kHead;
        right += answer(request).body == "/v1/topics/{topic} topic=" + id;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 8'000u);
}

using RouterDeathTest = RouterTest;

TEST_F(RouterDeathTest, Defects_in_the_table_of_routes_stop_the_program) {
  EXPECT_DEATH(router_.add(Method::kGet, "v1", echo()), "path.starts_with");
  EXPECT_DEATH(router_.add(Method::kGet, "/v1/topics", echo()), "second");
  EXPECT_DEATH(router_.add(Method::kGet, "/v1/topics/{other}", echo()), "pattern");
  EXPECT_DEATH(router_.add(Method::kGet, "/{a}/{a}", echo()), "none_of");
  EXPECT_DEATH(router_.add(Method::kGet, "/x{a}", echo()), "npos");
  const PathParameters parameters("/{a}", {{"a", "1"}});
  EXPECT_DEATH((void)parameters.at("b"), "found");
}

TEST(Problem, Codes_map_to_statuses_and_leak_nothing_internal) {
  const std::vector<std::pair<ErrorCode, int>> cases = {
      {ErrorCode::kInvalidArgument, 400}, {ErrorCode::kNotFound, 404},       {ErrorCode::kRejected, 409},
      {ErrorCode::kConflict, 409},        {ErrorCode::kCommandReused, 422},  {ErrorCode::kUnavailable, 503},
      {ErrorCode::kOutcomeUnknown, 503},  {ErrorCode::kCorrupt, 500},        {ErrorCode::kIncompatible, 500},
      {ErrorCode::kIo, 500}};
  for (const auto& [code, status] : cases) {
    const HttpResponse response = problem_response(Error{code, "what \"happened\" at /var/lib/x", "a_rule"});
    const boost::json::object body = boost::json::parse(response.body).as_object();
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(body.at("status").as_int64(), status);
    EXPECT_EQ(member(response, "title"), std::string(reason_of(status)));
    EXPECT_EQ(header_of(response, "Content-Type"), "application/problem+json");
    EXPECT_EQ(header_of(response, "Retry-After"), status == 503 ? "1" : "");
    if (status == 500) {
      EXPECT_EQ(member(response, "code"), "internal");
      EXPECT_EQ(response.body.find("/var/lib"), std::string::npos);
      EXPECT_FALSE(body.contains("rule"));
    } else {
      EXPECT_EQ(member(response, "code"), name_of(code));
      EXPECT_EQ(member(response, "type"), std::string("urn:civiclog:problem:") + name_of(code));
      EXPECT_EQ(member(response, "detail"), "what \"happened\" at /var/lib/x");
      EXPECT_EQ(member(response, "rule"), "a_rule");
    }
  }
}

TEST(HttpResponse, The_head_is_written_as_RFC_9112_wants_it) {
  const Timestamp date{784111777000};
  EXPECT_EQ(serialise_head(json_response(200, "{}").with("ETag", "\"1\""), Persistence::kDefault, date),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\nETag: \"1\"\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(serialise_head(empty_response(304), Persistence::kClose, date),
            "HTTP/1.1 304 Not Modified\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(serialise_head(empty_response(200), Persistence::kKeepAlive, date),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(HttpResponse, What_would_change_the_meaning_of_the_message_is_not_sendable) {
  EXPECT_TRUE(is_sendable(text_response(200, "x").with("Location", "/a")));
  EXPECT_FALSE(is_sendable(text_response(200, "x").with("Location", "/a\r\nSet-Cookie: b")));
  EXPECT_FALSE(is_sendable(text_response(200, "x").with("X", std::string("a\0b", 3))));
  EXPECT_FALSE(is_sendable(text_response(200, "x").with("X Y", "a")));
  EXPECT_FALSE(is_sendable(text_response(200, "x").with("", "a")));
  EXPECT_FALSE(is_sendable(text_response(200, "x").with("content-LENGTH", "1")));
  EXPECT_FALSE(is_sendable(text_response(200, "x").with("Transfer-Encoding", "chunked")));
  EXPECT_FALSE(is_sendable(empty_response(100)));
  EXPECT_FALSE(is_sendable(empty_response(299)));
  EXPECT_FALSE(is_sendable(text_response(200, std::string(kMaxResponseBytes + 1, 'x'))));
}

}  // namespace
}  // namespace civiclog
