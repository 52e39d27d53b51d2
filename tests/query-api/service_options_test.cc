#include "query-api/service_options.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/version.h"
#include "base/base64.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

class ServiceOptionsTest : public testing::Test {
 protected:
  static Result<std::variant<ServiceOptions, PrintAndExit>> parse(std::vector<std::string> arguments) {
    std::vector<const char*> pointers = {"civicd"};
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    return parse_service_options(static_cast<int>(pointers.size()), pointers.data());
  }
  static ServiceOptions options(std::vector<std::string> arguments) {
    const auto parsed = parse(std::move(arguments));
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? std::get<ServiceOptions>(*parsed) : ServiceOptions{};
  }
  static std::string refusal(std::vector<std::string> arguments) {
    const auto parsed = parse(std::move(arguments));
    EXPECT_FALSE(parsed);
    if (parsed) return {};
    EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos) << "one sentence";
    return parsed.error().message;
  }
  std::string file(const std::string& text) {
    const std::filesystem::path path = scratch_.path() / "civicd.toml";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  ScratchDirectory scratch_;
};

TEST_F(ServiceOptionsTest, Flags_and_file_say_the_same_and_a_flag_wins) {
  const ServiceOptions by_flags =
      options({"--data", "d", "--listen", "[::1]:0", "--threads", "3", "--log-level", "warning"});
  const std::string config = file("# all of them\ndata = \"d\"\nlisten = \"[::1]:0\"\nthreads = 3\nlog_level = \"warning\"\n");
  for (const ServiceOptions& one : {by_flags, options({"--config", config})}) {
    EXPECT_EQ(one.data, "d");
    EXPECT_EQ(one.host, "::1");
    EXPECT_EQ(one.port, 0);
    EXPECT_EQ(one.threads, 3u);
    EXPECT_EQ(one.log_level, LogLevel::kWarning);
  }
  EXPECT_EQ(options({"--config", config, "--data", "other"}).data, "other");
  EXPECT_EQ(options({"--config", config, "--data", "other"}).threads, 3u);
  EXPECT_EQ(options({"--data", "d"}).port, 8080);
}

TEST_F(ServiceOptionsTest, Bad_flags_are_refused_with_one_sentence) {
  EXPECT_NE(refusal({}).find("--data DIR"), std::string::npos);
  EXPECT_NE(refusal({"--nope"}).find("--nope"), std::string::npos);
  EXPECT_NE(refusal({"--data"}).find("--data"), std::string::npos);
  EXPECT_NE(refusal({"--data", "d", "--data", "e"}).find("--data"), std::string::npos);
  for (const char* listen : {"", "8080", ":8080", "h:", "h:x", "h:65536", "::1:80", "[]:80", "[::1]80"}) {
    EXPECT_NE(refusal({"--data", "d", "--listen", listen}), "") << listen;
  }
  for (const char* threads : {"0", "65", "-1", "two"}) {
    EXPECT_NE(refusal({"--data", "d", "--threads", threads}).find("threads"), std::string::npos) << threads;
  }
  EXPECT_NE(refusal({"--data", "d", "--log-level", "loud"}).find("log level"), std::string::npos);
}

TEST_F(ServiceOptionsTest, A_file_is_refused_with_the_line_that_is_wrong) {
  EXPECT_NE(refusal({"--config", file("data = \"d\"\n\nport = 80\n")}).find("civicd.toml:3: there is no setting \"port\""), std::string::npos);
  EXPECT_NE(refusal({"--config", file("data = \"d\"\nthreads = \"8\"\n")}).find(":2: threads is a whole number"), std::string::npos);
  EXPECT_NE(refusal({"--config", file("data = 7\n")}).find(":1: data is a text"), std::string::npos);
  EXPECT_NE(refusal({"--config", file("data = \"d\"\nlisten = \n")}).find("civicd.toml:2"), std::string::npos);
  EXPECT_NE(refusal({"--config", file("data = \"a\"\ndata = \"b\"\n")}).find("civicd.toml:2"), std::string::npos);
  EXPECT_NE(refusal({"--config", file(std::string(kMaxConfigBytes + 1, '#'))}).find("larger"), std::string::npos);
  EXPECT_NE(refusal({"--config", (scratch_.path() / "missing.toml").string()}).find("cannot read"), std::string::npos);
  EXPECT_NE(refusal({"--config", scratch_.path().string()}).find("cannot read"), std::string::npos);
}

TEST_F(ServiceOptionsTest, Help_and_version_are_printed) {
  const auto help = parse({"--help"});
  ASSERT_TRUE(help);
  EXPECT_NE(std::get<PrintAndExit>(*help).text.find("civicd --data ./record"), std::string::npos);
  const auto version = parse({"--version"});
  ASSERT_TRUE(version);
  EXPECT_EQ(std::get<PrintAndExit>(*version).text, std::string(version_text()) + "\n");
}

TEST(ServiceLog, No_text_begins_a_line_of_its_own) { EXPECT_EQ(one_line("a\nb\x1b[0m \xc3\xa9"), "a\\x0ab\\x1b[0m \xc3\xa9"); }

TEST(Base64, It_is_that_of_RFC_4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  }
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  for (const char* bad : {"Zg==", "Zh", "Z", "Zm9v!", "Zm 9v", "+/8"}) EXPECT_EQ(from_base64url(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace civiclog
