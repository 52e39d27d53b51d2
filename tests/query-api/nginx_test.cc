#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "access/installation_key.h"
#include "access/token_issuer.h"
#include "tests/query-api/civicd_process.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_directory.h"

// Debian's nginx with deploy/nginx.conf, of which only the two addresses are replaced, in front of civicd.

namespace civiclog {
namespace {

using namespace std::chrono_literals;

uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

std::string replaced_once(std::string text, const std::string& what, const std::string& by) {
  const size_t at = text.find("\n  " + what);
  EXPECT_NE(at, std::string::npos) << what;
  EXPECT_EQ(text.find("\n  " + what, at + 1), std::string::npos) << what;
  return text.replace(at + 3, what.size(), by);
}

class NginxTest : public testing::Test {
 protected:
  void start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--data", (scratch_.path() / "data").string(), "--listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    civicd_ = std::make_unique<Civicd>(scratch_.path(), arguments);
    behind_ = civicd_->port();
    ASSERT_NE(behind_, 0) << civicd_->error();
    port_ = free_port();
    std::string site = text_of_file(NGINX_CONF);
    site = replaced_once(std::move(site), "server 127.0.0.1:8080;", "server 127.0.0.1:" + std::to_string(behind_) + ";");
    site = replaced_once(std::move(site), "listen 80;", "listen 127.0.0.1:" + std::to_string(port_) + ";");
    const std::filesystem::path prefix = scratch_.path() / "nginx";
    std::filesystem::create_directory(prefix);
    std::ofstream(prefix / "site.conf") << site;
    std::string temporary;
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      temporary += std::string(kind) + "_temp_path " + (prefix / kind).string() + ";\n";
    }
    std::ofstream(prefix / "nginx.conf") << "daemon off;\nmaster_process off;\npid " << (prefix / "pid").string() << ";\nerror_log stderr;\n"
                                         << "events {}\nhttp {\naccess_log off;\n" << temporary << "include "
                                         << (prefix / "site.conf").string() << ";\n}\n";
    nginx_ = std::make_unique<ChildProcess>(scratch_.path(), NGINX_PATH,
                                            std::vector<std::string>{"-p", prefix.string(), "-c", (prefix / "nginx.conf").string()});
    for (int i = 0; i < 1'000 && !RawClient(port_).connected(); ++i) std::this_thread::sleep_for(10ms);
    ASSERT_TRUE(RawClient(port_).connected()) << nginx_->error();
  }

  static RawResponse ask(uint16_t port, const std::string& request) {
    RawClient client(port);
    EXPECT_TRUE(client.send(request));
    return client.read_response(request.starts_with("HEAD")).value_or(RawResponse{});
  }
  static RawResponse get(uint16_t port, const std::string& target, const std::string& headers = "") {
    return ask(port, "GET " + target + " HTTP/1.1\r\nHost: civic.example\r\n" + headers + "\r\n");
  }
  std::string authorisation() const {
    const auto key = InstallationKey::read(scratch_.path() / "data");
    return "Authorization: Bearer " + TokenIssuer(*key).issue("installation", "civiclog", 1h, system_now()).value() + "\r\n";
  }
  static std::string post(const std::string& headers, const std::string& body) {
    return "POST /v1/organisations HTTP/1.1\r\nHost: civic.example\r\nContent-Type: application/json\r\n" + headers + "\r\n" + body;
  }
  static std::string length(const std::string& body) { return "Content-Length: " + std::to_string(body.size()) + "\r\n"; }
  // A write that is sent away for want of a token, unless it is for coming too often.
  static int knock(uint16_t port, const std::string& forwarded) {
    return ask(port, post((forwarded.empty() ? "" : "X-Forwarded-For: " + forwarded + "\r\n") + length("{}"), "{}")).status;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<Civicd> civicd_;
  std::unique_ptr<ChildProcess> nginx_;
  uint16_t port_ = 0;
  uint16_t behind_ = 0;
};

TEST_F(NginxTest, Reads_and_writes_pass_also_with_a_body_in_chunks) {
  start();
  const std::string token = authorisation();
  const std::string body = R"({"slug":"harbour","name":"Harbour"})";
  const RawResponse made = ask(port_, post(token + "Idempotency-Key: one\r\n" + length(body), body));
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(made.header("location").starts_with("/v1/organisations/"));
  const RawResponse again = ask(port_, post(token + "Idempotency-Key: one\r\nTransfer-Encoding: chunked\r\n",
                                            "5\r\n" + body.substr(0, 5) + "\r\n1e\r\n" + body.substr(5) + "\r\n0\r\n\r\n"));
  EXPECT_EQ(again.status, 201) << again.body;
  EXPECT_EQ(again.body, made.body) << "the same body, however it came";
  const RawResponse read = get(port_, "/v1/organisations/harbour?min_position=" + made.header("civic-position"));
  EXPECT_EQ(read.status, 200) << read.body;
  const RawResponse same = get(port_, "/v1/organisations/harbour", "If-None-Match: " + read.header("etag") + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(ask(port_, "HEAD /v1/head HTTP/1.1\r\nHost: a\r\n\r\n").header("content-length"),
            get(port_, "/v1/head").header("content-length"));
  EXPECT_EQ(get(port_, "/v1/topics/%C3%BC%2Fx").header("content-type"), "application/problem+json") << "an address passes as it is";
}

TEST_F(NginxTest, Connections_stay_open_on_both_sides) {
  start();
  RawClient client(port_);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.send("GET /v1/head HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto response = client.read_response();
    ASSERT_TRUE(response && response->status == 200) << i;
  }
  const std::string metrics = get(behind_, "/metrics").body;
  EXPECT_NE(metrics.find("civiclog_http_open_connections 2\n"), std::string::npos) << "nginx's one, and this one";
}

TEST_F(NginxTest, What_is_too_large_is_refused_there_in_the_words_of_civicd) {
  start();
  const auto refusal = [](const RawResponse& response) {
    EXPECT_EQ(response.header("content-type"), "application/problem+json") << response.body;
    const size_t at = response.body.find("\"code\":\"");
    return std::to_string(response.status) + " " + response.body.substr(at + 8, response.body.find('"', at + 8) - at - 8);
  };
  const std::string fits(50'000, ' ');
  EXPECT_EQ(refusal(ask(port_, post(length(fits), fits))), "401 unauthorised");
  EXPECT_EQ(refusal(ask(port_, post("Content-Length: 62000\r\n", ""))), "413 content_too_large");
  EXPECT_EQ(get(port_, "/v1/head", "X-Large: " + std::string(7'000, 'a') + "\r\n").status, 200);
  EXPECT_EQ(refusal(get(port_, "/v1/head", "X-Large: " + std::string(9'000, 'a') + "\r\n")), "431 headers_too_large");
  EXPECT_EQ(refusal(get(port_, "/" + std::string(9'000, 'a'))), "414 target_too_long");
  EXPECT_EQ(refusal(get(port_, "/metrics")), "404 route_not_found") << "not for everybody";
  EXPECT_EQ(get(behind_, "/metrics").status, 200);

  civicd_->signal(SIGTERM);
  EXPECT_EQ(civicd_->wait(), 0);
  const RawResponse nobody = get(port_, "/v1/head");
  EXPECT_EQ(refusal(nobody), "503 outcome_unknown");
  EXPECT_EQ(nobody.header("retry-after"), "1");
}

// One write a second and six at once, from one address.
TEST_F(NginxTest, A_forwarded_address_counts_only_when_a_trusted_proxy_gives_it) {
  start({"--address-rate", "1"});
  for (int i = 0; i < 6; ++i) EXPECT_EQ(knock(behind_, "10.0.0." + std::to_string(i)), 401);
  EXPECT_EQ(knock(behind_, "10.0.0.99"), 429) << "everybody may write that header";
  EXPECT_EQ(knock(port_, ""), 429) << "so all clients of an untrusted proxy are one";
}

TEST_F(NginxTest, A_trusted_proxy_tells_its_clients_apart_and_they_cannot_speak_for_it) {
  start({"--address-rate", "1", "--trusted-proxy", "127.0.0.1"});
  for (int i = 0; i < 6; ++i) EXPECT_EQ(knock(behind_, "10.9.9.9, 10.0.0.1"), 401);
  EXPECT_EQ(knock(behind_, "10.8.8.8, 10.0.0.1"), 429) << "the last one counts";
  EXPECT_EQ(knock(behind_, "10.0.0.1, 10.0.0.2"), 401) << "another client";
  EXPECT_EQ(knock(behind_, "::ffff:10.0.0.1"), 429) << "the same address, written in another way";
  for (int i = 0; i < 6; ++i) EXPECT_EQ(knock(port_, "10.1.1." + std::to_string(i)), 401);
  EXPECT_EQ(knock(port_, "10.1.1.99"), 429) << "nginx says 127.0.0.1, whatever its client says";
  EXPECT_EQ(knock(behind_, "no address"), 429) << "then it is the proxy itself";
}

}  // namespace
}  // namespace civiclog
