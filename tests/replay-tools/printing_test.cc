#include "replay-tools/printing.h"

#include <gtest/gtest.h>

#include "replay-tools/arguments.h"
#include "replay-tools/progress.h"
#include "replay-tools/verbs.h"

namespace civiclog {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Printing, Nothing_people_wrote_can_move_the_cursor_or_end_the_line) {
  EXPECT_EQ(printable("Grüße, 市民"), "Grüße, 市民");
  EXPECT_EQ(printable("a\x1b[2Jb\r\n"), "a\\u{1b}[2Jb\\u{d}\\u{a}");
  EXPECT_EQ(printable("\xc2\x9b" "31m"), "\\u{9b}31m");
  EXPECT_EQ(printable("\xe2\x80\xae" "txt"), "\\u{202e}txt");
  EXPECT_EQ(printable("a\xff\xc3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(one_line("two\nlines"), "two lines");
  EXPECT_EQ(json_text("a\xff" "b"), "a\xEF\xBF\xBD" "b");
}

// What a Progress writes while a clock that is set by hand goes on.
class ProgressTest : public testing::Test {
 protected:
  ~ProgressTest() override { std::fclose(file_); }
  std::string written() {
    std::string out(4'096, '\0');
    std::rewind(file_);
    out.resize(std::fread(out.data(), 1, out.size(), file_));
    return out;
  }
  std::FILE* file_ = std::tmpfile();
  std::chrono::steady_clock::time_point now_{};
  Progress::Now clock() {
    return [this] { return now_; };
  }
};

TEST_F(ProgressTest, Plain_lines_come_every_few_seconds_with_rate_and_time_left) {
  Progress progress(file_, Progress::Style::kLines, clock(), "events");
  progress.report(1, 90'000);
  EXPECT_EQ(written(), "") << "what ends soon says nothing";
  now_ += seconds(10);
  progress.report(20'000, 90'000);
  progress.report(20'001, 90'000);
  EXPECT_EQ(written(), "events: 20,000 of 90,000 (22%), 2,000/s, 0:35 left\n");
}

TEST_F(ProgressTest, A_bar_is_redrawn_and_is_gone_afterwards) {
  {
    Progress progress(file_, Progress::Style::kBar, clock());
    now_ += milliseconds(1'000);
    progress.report(50, 100);
  }
  EXPECT_EQ(written(), "\r\x1b[K[############............] 50 of 100 (50%), 50/s, 0:01 left\r\x1b[K");
}

TEST_F(ProgressTest, A_new_phase_measures_anew_and_quiet_says_nothing) {
  Progress progress(file_, Progress::Style::kLines, clock(), "events");
  now_ += seconds(100);
  progress.phase("words");
  now_ += seconds(10);
  progress.report(10, 20);
  EXPECT_EQ(written(), "words: 10 of 20 (50%), 1/s, 0:10 left\n");
  EXPECT_FALSE(Progress(file_, Progress::Style::kSilent, clock()).callback());
}

TEST(Printing, Durations_and_numbers_read_well) {
  EXPECT_EQ(duration_text(seconds(7)), "0:07");
  EXPECT_EQ(duration_text(seconds(3'600 * 3 + 65)), "3:01:05");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(grouped(999), "999");
}

TEST(Arguments, Times_before_1970_are_told_from_what_is_no_time) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z", "--ends-at").value().ms, 0);
  for (const char* early : {"1900-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "0000-02-29T00:00:00Z", "1970-01-01T00:00:00+05:00"}) {
    const Error error = parse_time(early, "--ends-at").error();
    EXPECT_EQ(error.rule, kUsageRule) << early;
    EXPECT_NE(error.message.find("times before 1970"), std::string::npos) << error.message;
    EXPECT_NE(parse_point(early, "--as-of").error().message.find("times before 1970"), std::string::npos) << early;
  }
  for (const char* wrong : {"", "1900", "1900-02-29T00:00:00Z", "1900-13-01T00:00:00Z", "1900-01-01", "yesterday"}) {
    const Error error = parse_time(wrong, "--ends-at").error();
    EXPECT_EQ(error.rule, kUsageRule) << wrong;
    EXPECT_EQ(error.message.find("1970"), std::string::npos) << error.message;
  }
}

TEST(Arguments, Points_topics_and_actors_are_understood_or_are_usage_errors) {
  EXPECT_EQ(std::get<Position>(parse_point("17", "--as-of").value()), Position{17});
  EXPECT_EQ(std::get<Timestamp>(parse_point("1970-01-01T00:00:01Z", "--as-of").value()).ms, 1'000);
  for (const char* wrong : {"", "-1", "+1", "1.5", "yesterday", "99999999999999999999", "2026-02-30T00:00:00Z"}) {
    EXPECT_EQ(parse_point(wrong, "--as-of").error().rule, kUsageRule) << wrong;
  }
  EXPECT_TRUE(parse_topic("tram"));
  EXPECT_FALSE(parse_topic("tram").value().by_id);
  const TopicName both = parse_topic("33acc4d0-efa7-81d0-bad5-231e77c5ef78").value();
  EXPECT_TRUE(both.by_id && both.by_slug) << "what looks like an id may be a slug";
  EXPECT_EQ(parse_topic("no slug!").error().rule, kUsageRule);
  EXPECT_TRUE(parse_actor("system").value().is_nil());
  EXPECT_EQ(parse_actor("0123456789abcdef0123456789abcdef").value(), parse_actor("01234567-89ab-cdef-0123-456789abcdef").value());
  EXPECT_EQ(parse_actor("Ana").error().rule, kUsageRule);
}

}  // namespace
}  // namespace civiclog
