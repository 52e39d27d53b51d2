#include <stdexcept>

#include <gtest/gtest.h>
#include <zlib.h>

#include "query-api/door/gzip.h"
#include "query-api/outgoing.h"
#include "tests/query-api/api_fixture.h"
#include "tests/query-api/civicd_process.h"

namespace civiclog {
namespace {

std::string unzipped(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(1u << 20, '\0');
  std::string in = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(Gzip, Accept_Encoding_is_read_by_its_weights) {
  for (const char* yes : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=0.001", "gzip ; q=1.000", "*", "br;q=1, *;q=0.5",
                          "identity;q=0.5, gzip;q=0.5", "*;q=0, gzip", "gzip;Q=0.3", "gzip;q=1."}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no : {"", ",", "br", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "*, gzip;q=0", "gzip;q=0.4, identity;q=0.5",
                         "gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=", "gzip;q=x", "gzip;level=9", "gzipped", "not gzip",
                         "gzip;q=-1"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

TEST(Gzip, What_is_small_or_huge_or_no_text_or_coded_already_stays_as_it_is) {
  const auto encoding_of = [](HttpResponse response, Method method = Method::kGet) {
    choose_coding({true, ""}, method, response);
    for (const Field& field : response.headers) {
      if (field.name == "Content-Encoding") return field.value;
    }
    return std::string();
  };
  const std::string text(kMinGzipBytes, 'a');
  EXPECT_EQ(encoding_of(json_response(200, text)), "gzip");
  EXPECT_EQ(encoding_of(json_response(200, text.substr(1))), "");
  EXPECT_EQ(encoding_of(json_response(200, std::string(kMaxGzipBytes + 1, 'a'))), "");
  EXPECT_EQ(encoding_of(json_response(201, text)), "");
  EXPECT_EQ(encoding_of(json_response(200, text), Method::kPost), "");
  EXPECT_EQ(encoding_of(content_response(200, "image/png", text)), "");
  EXPECT_EQ(encoding_of(json_response(200, text).with("Content-Encoding", "br")), "br");
}

using Counts = std::vector<std::pair<int, uint64_t>>;

// Each answer is counted once, however it ends.
class OutgoingTest : public testing::Test {
 protected:
  OutgoingTest() : outgoing_(CorsPolicy()) { outgoing_.count_in(metrics_); }
  Response answer(const std::function<Response()>& make) {
    return outgoing_.answer(HttpRequest{}, [&make](const HttpRequest&, std::optional<size_t>* route) {
      *route = 0;
      return make();
    });
  }
  Counts counted() const { return metrics_->rows().empty() ? Counts{} : metrics_->rows()[0].by_status; }

  const std::shared_ptr<HttpMetrics> metrics_ = std::make_shared<HttpMetrics>(std::vector<std::string>{"/a"});
  Outgoing outgoing_;
};

TEST_F(OutgoingTest, A_later_answer_counts_when_it_is_made_and_not_before) {
  Respond respond;
  Response response = answer([&respond] { return LaterResponse{[&respond](Respond given) { respond = std::move(given); }, {}}; });
  MakeResponse make;
  std::get<LaterResponse>(response).begin([&make](MakeResponse given) { make = std::move(given); });
  respond([] { return json_response(201, "{}"); });
  EXPECT_EQ(counted(), Counts{});
  EXPECT_EQ(make().status, 201);
  EXPECT_EQ(counted(), (Counts{{201, 1}}));
  make = {};
  respond = {};
  response = {};
  EXPECT_EQ(counted(), (Counts{{201, 1}}));
}

TEST_F(OutgoingTest, A_later_answer_that_nobody_is_given_counts_as_such) {
  for (const bool comes : {false, true}) {
    Response response = answer([comes] {
      return LaterResponse{[comes](const Respond& respond) {
        if (comes) respond([] { return json_response(200, "{}"); });
      }, {}};
    });
    std::get<LaterResponse>(response).begin([](const MakeResponse&) {});
    response = {};
    EXPECT_EQ(counted(), (Counts{{0, comes ? 2u : 1u}}));
  }
}

TEST_F(OutgoingTest, What_throws_counts_as_the_500_that_the_door_makes_of_it) {
  EXPECT_THROW(answer([]() -> Response { throw std::runtime_error("at once"); }), std::runtime_error);
  Response begun = answer([] { return LaterResponse{[](const Respond&) { throw std::runtime_error("at its begin"); }, {}}; });
  EXPECT_THROW(std::get<LaterResponse>(begun).begin([](const MakeResponse&) {}), std::runtime_error);
  Response made = answer([] {
    return LaterResponse{[](const Respond& respond) { respond([]() -> HttpResponse { throw std::runtime_error("when made"); }); }, {}};
  });
  MakeResponse make;
  std::get<LaterResponse>(made).begin([&make](MakeResponse given) { make = std::move(given); });
  EXPECT_THROW(make(), std::runtime_error);
  begun = made = {};
  make = {};
  EXPECT_EQ(counted(), (Counts{{500, 3}}));
}

using CompressedTest = ApiTest;

constexpr const char* kLong = "/v1/events?limit=50";
constexpr const char* kTagged = "/v1/topics/tram/results";

TEST_F(CompressedTest, A_long_answer_is_the_same_whether_it_is_compressed_or_not) {
  const RawResponse plain = get(kTagged);
  const RawResponse packed = get(kTagged, "Accept-Encoding: gzip\r\n");
  ASSERT_GE(plain.body.size(), kMinGzipBytes);
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size() / 2);
  EXPECT_EQ(unzipped(packed.body), plain.body);
  EXPECT_EQ(packed.header("content-type"), plain.header("content-type"));
  for (const RawResponse& one : {plain, packed}) EXPECT_EQ(one.header("vary"), "Accept-Encoding");
  EXPECT_EQ(get(kTagged, "Accept-Encoding: gzip;q=0\r\n").body, plain.body);
  EXPECT_EQ(get(kLong, "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n").header("content-encoding"), "gzip") << "one list in two headers";

  const RawResponse head = get(kTagged, "Accept-Encoding: gzip\r\n", "HEAD");
  for (const char* name : {"content-encoding", "content-length", "etag", "vary"}) EXPECT_EQ(head.header(name), packed.header(name)) << name;
  EXPECT_EQ(head.body, "");
}

TEST_F(CompressedTest, Each_form_has_a_tag_of_its_own_that_finds_it_again) {
  const std::string plain = get(kTagged).header("etag");
  const std::string packed = get(kTagged, "Accept-Encoding: gzip\r\n").header("etag");
  EXPECT_EQ(packed, plain.substr(0, plain.size() - 1) + "-gzip\"");
  const auto ask = [this](const std::string& tag, const std::string& more) { return get(kTagged, "If-None-Match: " + tag + "\r\n" + more); };
  const std::string gzip = "Accept-Encoding: gzip\r\n";
  for (const std::string& tag : {packed, "W/" + packed, "\"other\", " + packed}) {
    const RawResponse same = ask(tag, gzip);
    EXPECT_EQ(same.status, 304) << tag;
    EXPECT_EQ(same.header("etag"), packed);
    EXPECT_EQ(same.header("vary"), "Accept-Encoding");
    EXPECT_EQ(same.header("civic-position"), std::to_string(head().value));
    EXPECT_EQ(same.header("content-encoding") + same.header("content-type") + same.body, "");
  }
  EXPECT_EQ(ask(plain, "").status, 304);
  EXPECT_EQ(ask(plain, gzip).status, 304) << "the plain form is as good";
  EXPECT_EQ(ask(plain, gzip).header("etag"), plain);
  EXPECT_EQ(ask(packed, "").status, 200) << "that client cannot read what it claims to have";
  EXPECT_EQ(ask("\"other-gzip\"", gzip).status, 200);
}

TEST_F(CompressedTest, A_short_answer_or_a_problem_is_never_compressed_and_does_not_vary) {
  for (const char* target : {"/v1/head", "/healthz", "/v1/topics/none"}) {
    const RawResponse response = get(target, "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(response.header("content-encoding") + response.header("vary"), "") << target;
    EXPECT_EQ(response.body.front(), '{');
  }
}

class CorsTest : public testing::Test {
 protected:
  explicit CorsTest(const std::string& origins = "https://app.example,http://localhost:3000")
      : civicd_(scratch_.path(), {"--data", (scratch_.path() / "data").string(), "--listen", "127.0.0.1:0", "--cors-origin", origins}),
        port_(civicd_.port()) {}

  RawResponse ask(const std::string& method, const std::string& target, const std::string& headers) {
    RawClient client(port_);
    EXPECT_TRUE(client.send(method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n")) << civicd_.error();
    return client.read_response(method == "HEAD").value_or(RawResponse{});
  }
  static std::string allowed(const RawResponse& response) { return response.header("access-control-allow-origin"); }

  ScratchDirectory scratch_;
  Civicd civicd_;
  const uint16_t port_;
};

TEST_F(CorsTest, A_listed_origin_reads_answers_errors_and_headers_and_no_other_does) {
  for (const char* origin : {"https://app.example", "http://localhost:3000"}) {
    for (const char* target : {"/v1/head", "/v1/topics/none", "/no/route"}) {
      const RawResponse response = ask("GET", target, std::string("Origin: ") + origin + "\r\n");
      EXPECT_EQ(allowed(response), origin) << target;
      EXPECT_EQ(response.header("vary"), "Origin");
      EXPECT_NE(response.header("access-control-expose-headers").find("Civic-Position"), std::string::npos);
      EXPECT_EQ(response.header("access-control-allow-credentials"), "");
    }
  }
  for (const char* origin : {"Origin: https://evil.example\r\n", "Origin: https://app.example.evil.example\r\n", "Origin: null\r\n",
                             "Origin: *\r\n", "Origin: http://app.example\r\n", "Origin: https://app.example:443\r\n", "Origin: \r\n", "",
                             "Origin: https://APP.example\r\n", "Origin: https://app.example\r\nOrigin: https://evil.example\r\n"}) {
    const RawResponse response = ask("GET", "/v1/head", origin);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(allowed(response), "") << origin;
    EXPECT_EQ(response.header("vary"), "Origin") << "a cache must know";
  }
}

TEST_F(CorsTest, A_preflight_is_told_methods_and_headers) {
  const std::string preflight = "Origin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n"
                                "Access-Control-Request-Headers: authorization,idempotency-key\r\n";
  const RawResponse response = ask("OPTIONS", "/v1/contributions/x/ballot", preflight);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(allowed(response), "https://app.example");
  EXPECT_EQ(response.header("access-control-allow-methods"), response.header("allow"));
  EXPECT_NE(response.header("access-control-allow-methods").find("PUT"), std::string::npos);
  EXPECT_EQ(response.header("access-control-allow-headers"), "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match");
  EXPECT_EQ(response.header("access-control-max-age"), "600");
  EXPECT_EQ(response.header("vary"), "Origin");
  EXPECT_EQ(response.header("access-control-allow-credentials"), "");

  const RawResponse foreign = ask("OPTIONS", "/v1/head", "Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n");
  EXPECT_EQ(foreign.status, 204);
  EXPECT_EQ(allowed(foreign) + foreign.header("access-control-allow-methods"), "");
  const RawResponse nowhere = ask("OPTIONS", "/no/route", preflight);
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(nowhere.header("access-control-allow-methods"), "");
  EXPECT_EQ(ask("OPTIONS", "/v1/head", "Origin: https://app.example\r\n").header("access-control-allow-methods"), "") << "no preflight";
}

TEST_F(CorsTest, Origin_and_coding_stand_in_one_Vary) {
  const RawResponse response = ask("GET", "/metrics", "Origin: https://app.example\r\nAccept-Encoding: gzip\r\n");
  EXPECT_EQ(response.header("vary"), "Accept-Encoding, Origin");
  EXPECT_NE(unzipped(response.body).find("civiclog_http_open_connections 1\n"), std::string::npos);
}

TEST_F(CompressedTest, Without_listed_origins_nothing_is_said_of_origins) {
  const RawResponse response = get("/v1/head", "Origin: https://app.example\r\n");
  EXPECT_EQ(response.header("access-control-allow-origin") + response.header("vary"), "");
}

}  // namespace
}  // namespace civiclog
