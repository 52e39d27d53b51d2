#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/version.h"
#include "tests/query-api/civicd_process.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

using namespace std::chrono_literals;

class CivicdTest : public testing::Test {
 protected:
  CivicdTest() { std::filesystem::create_directory(scratch_.path() / "second"); }
  std::vector<std::string> serving() const { return {"--data", (scratch_.path() / "data").string(), "--listen", "127.0.0.1:0"}; }
  static int status_of(uint16_t port, const std::string& target) {
    RawClient client(port);
    client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::optional<RawResponse> response = client.read_response();
    return response ? response->status : 0;
  }

  ScratchDirectory scratch_;
};

TEST_F(CivicdTest, It_makes_a_new_installation_serves_it_and_ends_on_SIGTERM_or_SIGINT) {
  for (const int number : {SIGTERM, SIGINT}) {
    const bool first = number == SIGTERM;
    Civicd civicd(scratch_.path(), serving());
    const uint16_t port = civicd.port();
    ASSERT_NE(port, 0) << civicd.error();
    EXPECT_EQ(civicd.error().find("a new installation was made") != std::string::npos, first) << civicd.error();
    EXPECT_EQ(status_of(port, "/v1/head"), 200);
    for (int i = 0; i < 1'000 && status_of(port, "/readyz") != 200; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(status_of(port, "/readyz"), 200);
    civicd.signal(number);
    EXPECT_EQ(civicd.wait(), 0) << civicd.error();
    EXPECT_NE(civicd.error().find(first ? "stopping on SIGTERM" : "stopping on SIGINT"), std::string::npos);
    EXPECT_FALSE(RawClient(port).connected());
    EXPECT_EQ(civicd.out(), "civicd listening on http://127.0.0.1:" + std::to_string(port) + "\n") << "and nothing else";
  }
}

TEST_F(CivicdTest, It_does_not_wait_for_idle_clients_or_waiting_requests_when_it_ends) {
  Civicd civicd(scratch_.path(), serving());
  const uint16_t port = civicd.port();
  ASSERT_NE(port, 0) << civicd.error();
  RawClient idle(port);
  RawClient waiting(port);
  ASSERT_TRUE(waiting.send("GET /v1/topics?min_position=1000 HTTP/1.1\r\nHost: a\r\n\r\n"));
  std::this_thread::sleep_for(200ms);
  civicd.signal(SIGTERM);
  const std::optional<RawResponse> response = waiting.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(civicd.wait(8s), 0) << civicd.error();
}

TEST_F(CivicdTest, A_second_process_on_the_same_data_is_refused_with_a_sentence) {
  Civicd civicd(scratch_.path(), serving());
  const uint16_t port = civicd.port();
  ASSERT_NE(port, 0) << civicd.error();
  Civicd second(scratch_.path() / "second", serving());
  EXPECT_EQ(second.wait(), 1);
  EXPECT_NE(second.error().find("in use by another process"), std::string::npos) << second.error();
  EXPECT_EQ(second.out(), "");
  EXPECT_EQ(status_of(port, "/v1/head"), 200) << "the first one goes on";
}

TEST_F(CivicdTest, Data_that_is_not_ours_and_an_address_that_is_taken_are_refused) {
  const std::filesystem::path foreign = scratch_.path() / "foreign";
  std::filesystem::create_directory(foreign);
  std::ofstream(foreign / "letter.txt") << "Dear council";
  Civicd civicd(scratch_.path(), {"--data", foreign.string(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(civicd.wait(), 1);
  EXPECT_NE(civicd.error().find("is not a Civiclog data directory"), std::string::npos) << civicd.error();

  Civicd first(scratch_.path(), serving());
  const uint16_t port = first.port();
  ASSERT_NE(port, 0) << first.error();
  Civicd second(scratch_.path() / "second",
                {"--data", (scratch_.path() / "more").string(), "--listen", "127.0.0.1:" + std::to_string(port)});
  EXPECT_EQ(second.wait(), 1);
  EXPECT_EQ(second.out(), "");
}

TEST_F(CivicdTest, Usage_errors_exit_2_with_one_sentence_and_help_and_version_exit_0) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"--nope"}, {"--data", "d", "--threads", "0"}, {"--data", "d", "extra"}}) {
    Civicd civicd(scratch_.path(), arguments);
    EXPECT_EQ(civicd.wait(), 2);
    const std::string error = civicd.error();
    EXPECT_TRUE(error.starts_with("civicd: ")) << error;
    EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
    EXPECT_EQ(civicd.out(), "");
  }
  Civicd version(scratch_.path(), {"--version"});
  EXPECT_EQ(version.wait(), 0);
  EXPECT_EQ(version.out(), std::string(version_text()) + "\n");
  Civicd help(scratch_.path(), {"--help"});
  EXPECT_EQ(help.wait(), 0);
  EXPECT_NE(help.out().find("--listen"), std::string::npos);
}

}  // namespace
}  // namespace civiclog
