#include "query-api/service_options.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/time.h"
#include "base/version.h"
#include "query-api/door/cors.h"
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

TEST_F(ServiceOptionsTest, What_is_repeated_in_a_refusal_stays_on_one_line) {
  EXPECT_NE(refusal({"--config", file("data = \"d\"\n\"a\\nb\" = 1\n")}).find("\"a\\x0ab\""), std::string::npos);
  EXPECT_NE(refusal({"--data", "d", "--cors-origin", "https://a\nb"}).find("\"https://a\\x0ab\""), std::string::npos);
}

TEST_F(ServiceOptionsTest, A_text_with_a_NUL_is_refused_and_not_cut) {
  const std::string config = file("data = \"d\\u0000e\"\n");
  EXPECT_EQ(refusal({"--config", config}), config + ":1: data has a NUL character");
  const std::string list = file("data = \"d\"\ncors_origin = [\"https://a.example\", \"\\u0000\"]\n");
  EXPECT_EQ(refusal({"--config", list}), list + ":2: cors_origin has a NUL character");
}

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
  EXPECT_EQ(options({"--data", "d"}).min_free_bytes, kMinFreeBytes);
  EXPECT_EQ(options({"--data", "d", "--min-free-mib", "7"}).min_free_bytes, 7u << 20);
  EXPECT_EQ(options({"--config", file("data = \"d\"\nmin_free_mib = 9\n")}).min_free_bytes, 9u << 20);
  EXPECT_NE(refusal({"--data", "d", "--min-free-mib", "0"}).find("min_free_mib"), std::string::npos);
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

TEST_F(ServiceOptionsTest, Lists_come_repeated_with_commas_or_as_arrays) {
  const std::vector<std::string> origins = {"https://a.example", "http://localhost:3000", "http://[::1]:8080"};
  const auto file_of = [this](const std::string& more) { return options({"--config", file("data = \"d\"\n" + more)}); };
  const std::string all = "https://a.example, http://localhost:3000,http://[::1]:8080";
  EXPECT_EQ(options({"--data", "d", "--cors-origin", all}).cors_origins, origins);
  EXPECT_EQ(options({"--data", "d", "--cors-origin", origins[0], "--cors-origin", origins[1] + "," + origins[2]}).cors_origins, origins);
  EXPECT_EQ(file_of("cors_origin = [\"https://a.example\",\n \"http://localhost:3000\", \"http://[::1]:8080\"]").cors_origins, origins);
  EXPECT_EQ(file_of("cors_origin = \"" + all + "\"").cors_origins, origins);
  EXPECT_TRUE(file_of("cors_origin = []").cors_origins.empty());
  EXPECT_TRUE(options({"--data", "d"}).cors_origins.empty());

  HttpRequest request;
  request.peer_address = "::1";
  request.headers = {{"x-forwarded-for", "10.0.0.7"}};
  EXPECT_EQ(options({"--data", "d", "--trusted-proxy", "127.0.0.1,::1"}).gate.proxies.client_of(request), "10.0.0.7");
  EXPECT_EQ(file_of("trusted_proxy = [\"127.0.0.1\", \"::1\"]").gate.proxies.client_of(request), "10.0.0.7");
  EXPECT_EQ(options({"--data", "d", "--trusted-proxy", "127.0.0.1"}).gate.proxies.client_of(request), "::1");
}

TEST_F(ServiceOptionsTest, Origins_proxies_and_formats_that_are_none_are_refused) {
  for (const char* origin : {"*", "null", "app.example", "https://", "https://app.example/", "https://APP.example", "https://a b",
                             "https://app.example:0", "https://app.example:", "https://app.example:123456", "ftp://app.example",
                             "https://user@app.example", "https://*.example", "https://[::1"}) {
    EXPECT_NE(refusal({"--data", "d", "--cors-origin", origin}).find("is no origin"), std::string::npos) << origin;
  }
  for (const char* address : {"localhost", "10.0.0.0/8", "1.2.3", "::1%eth0", "[::1]"}) {
    EXPECT_NE(refusal({"--data", "d", "--trusted-proxy", address}).find("is no address"), std::string::npos) << address;
  }
  EXPECT_NE(refusal({"--config", file("data = \"d\"\ncors_origin = [\"https://a.example\",\n7]\n")}).find(":3: cors_origin"), std::string::npos);
  EXPECT_NE(refusal({"--config", file("data = \"d\"\ncors_origin = \"https://a.example,,http://b\"\n")}).find("is no origin"), std::string::npos);
  EXPECT_NE(refusal({"--config", file("cors_origin = 7\n")}).find(":1: cors_origin is a text in quotes, or a list"), std::string::npos);
  EXPECT_NE(refusal({"--data", "d", "--log-format", "xml"}).find("text or json"), std::string::npos);
  EXPECT_EQ(options({"--data", "d", "--log-format", "json"}).log_format, LogFormat::kJson);
  EXPECT_EQ(options({"--config", file("data = \"d\"\nlog_format = \"json\"\n")}).log_format, LogFormat::kJson);
  std::string many = "https://a.example";
  for (size_t i = 0; i < kMaxCorsOrigins; ++i) many += ",https://a.example";
  EXPECT_NE(refusal({"--data", "d", "--cors-origin", many}).find("at most 100"), std::string::npos);
}

TEST(TrustedProxies, The_last_address_counts_if_the_peer_is_trusted_and_it_is_an_address) {
  const TrustedProxies proxies({*TrustedProxies::parse("127.0.0.1"), *TrustedProxies::parse("2001:db8::1")});
  const auto client = [&](const std::string& peer, std::vector<std::string> forwarded) {
    HttpRequest request;
    request.peer_address = peer;
    for (std::string& one : forwarded) request.headers.push_back({"x-forwarded-for", std::move(one)});
    return proxies.client_of(request);
  };
  EXPECT_EQ(client("127.0.0.1", {"10.0.0.1"}), "10.0.0.1");
  EXPECT_EQ(client("::ffff:127.0.0.1", {"10.0.0.1,10.0.0.2"}), "10.0.0.2");
  EXPECT_EQ(client("2001:0db8::0001", {"10.0.0.1", " 10.0.0.2 , 2001:db8::7\t"}), "2001:db8::7");
  EXPECT_EQ(client("127.0.0.2", {"10.0.0.1"}), "127.0.0.2");
  for (const char* bad : {"", ",", "10.0.0.1,", "unknown", "10.0.0.1:80", "[::1]", "10.0.0.1 10.0.0.2"}) {
    EXPECT_EQ(client("127.0.0.1", {bad}), "127.0.0.1") << bad;
  }
  EXPECT_EQ(client("127.0.0.1", {}), "127.0.0.1");
}

TEST_F(ServiceOptionsTest, Help_and_version_are_printed) {
  const auto help = parse({"--help"});
  ASSERT_TRUE(help);
  EXPECT_NE(std::get<PrintAndExit>(*help).text.find("civicd --data ./record"), std::string::npos);
  const auto version = parse({"--version"});
  ASSERT_TRUE(version);
  EXPECT_EQ(std::get<PrintAndExit>(*version).text, std::string(version_text()) + "\n");
}

TEST(ServiceLog, Each_line_in_JSON_is_one_object_that_has_the_message_as_it_was) {
  for (const std::string message : {"plain", "a\nb\r\n{\"level\":\"error\"}", "tab\t quote\" back\\ nul\x01 del\x7f", "gr\xc3\xbc\xc3\x9f", ""}) {
    testing::internal::CaptureStderr();
    start_logging(LogLevel::kDebug, LogFormat::kJson);
    log_warning(message);
    log_info("next");
    const std::string lines = testing::internal::GetCapturedStderr();
    ASSERT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2) << lines;
    const boost::json::object first = boost::json::parse(lines.substr(0, lines.find('\n'))).as_object();
    EXPECT_EQ(first.size(), 3u);
    EXPECT_EQ(first.at("message").as_string(), message);
    EXPECT_EQ(first.at("level").as_string(), "warning");
    const auto time = parse_rfc3339(std::string(first.at("time").as_string()));
    ASSERT_TRUE(time);
    EXPECT_LT(std::abs(time->ms - system_now().ms), 60'000);
  }
  start_logging(LogLevel::kInfo);
}

TEST(ServiceLog, Bytes_that_are_no_UTF_8_become_text_in_JSON) {
  EXPECT_EQ(json_line("a\xff\n"), "\"a\\\\xff\\n\"");
  EXPECT_EQ(boost::json::parse(json_line("\xc3")).as_string(), "\\xc3");
}

TEST(ServiceLog, In_text_each_message_is_one_line_and_the_level_is_kept_to) {
  testing::internal::CaptureStderr();
  start_logging(LogLevel::kWarning);
  log_info("not shown");
  log_error("bad\nnews");
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(lines.ends_with(" error bad\\x0anews\n")) << lines;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
  start_logging(LogLevel::kInfo);
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
