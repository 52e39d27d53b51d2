#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/version.h"
#include "query-api/reading.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_directory.h"

// civicd as its users have it: a process.

namespace civiclog {
namespace {

using namespace std::chrono_literals;

class Civicd {
 public:
  Civicd(const std::filesystem::path& scratch, std::vector<std::string> arguments)
      : out_(scratch / "out"), error_(scratch / "error") {
    arguments.insert(arguments.begin(), CIVICD_PATH);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    std::filesystem::remove(out_);
    child_ = ::fork();
    if (child_ != 0) return;
    const int out = ::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int error = ::open(error_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(error, STDERR_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  ~Civicd() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Civicd(const Civicd&) = delete;
  Civicd& operator=(const Civicd&) = delete;

  void signal(int number) const { ::kill(child_, number); }
  // Exit status; -1 if it did not end in time, 1000 + signal if it was killed.
  int wait(std::chrono::milliseconds patience = 30s) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      int status = 0;
      if (::waitpid(child_, &status, WNOHANG) == child_) {
        child_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1'000 + WTERMSIG(status);
      }
      std::this_thread::sleep_for(5ms);
    }
    return -1;
  }
  // The port of the ready line; 0 if it does not come.
  uint16_t port() const {
    const std::string ready = "civicd listening on http://127.0.0.1:";
    for (int i = 0; i < 6'000; ++i) {
      const std::string text = out();
      if (text.starts_with(ready) && text.ends_with("\n")) {
        return static_cast<uint16_t>(*parse_number(text.substr(ready.size(), text.size() - ready.size() - 1)));
      }
      std::this_thread::sleep_for(5ms);
    }
    return 0;
  }
  std::string out() const { return text_of(out_); }
  std::string error() const { return text_of(error_); }

 private:
  static std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  const std::filesystem::path out_;
  const std::filesystem::path error_;
  pid_t child_ = 0;
};

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
