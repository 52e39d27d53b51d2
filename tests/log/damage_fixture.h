#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/log/log_directory.h"
#include "tests/log/raw_store.h"

// A sound log of forty events in twenty commits, closed, all of it still in its write-ahead log; for tests to damage.

namespace civiclog {

class RocksLogDamage : public testing::Test {
 protected:
  static constexpr size_t kEvents = 40;

  void SetUp() override {
    const auto log = must_create(path());
    id_ = log->id();
    stream_ = new_stream();
    for (size_t i = 0; i < kEvents / 2; ++i) {
      const AppendRequest request = writing(i % 2 == 0 ? stream_ : new_stream(), 2, 100);
      commands_.push_back(request.command);
      must_append(*log, request);
    }
    events_ = read_all(*log);
    ASSERT_EQ(events_.size(), kEvents);
  }

  std::filesystem::path path() const { return directory_.path(); }
  std::filesystem::path head_file() const { return path() / "head"; }
  std::filesystem::path wal() const { return file_with(path(), ".log"); }
  void expect_refused_everywhere(const std::string& rule, const std::string& words) const {
    const Error error = refusal_of(path());
    EXPECT_EQ(error.rule, rule) << error.message;
    EXPECT_NE(error.message.find(words), std::string::npos) << error.message;
    const auto secondary = RocksLog::open_secondary(path());
    ASSERT_FALSE(secondary.has_value());
    EXPECT_EQ(secondary.error().rule, rule) << secondary.error().message;
  }
  // The log opens, and exactly this event cannot be read; the check names it.
  void expect_unreadable(Position position, const std::string& rule) const {
    const auto log = must_open(path());
    ASSERT_NE(log, nullptr);
    EXPECT_EQ(log->head(), Position{kEvents});
    const Error error = read_one(*log, position).error();
    EXPECT_EQ(error.code, ErrorCode::kCorrupt);
    EXPECT_EQ(error.rule, rule) << error.message;
    EXPECT_NE(error.message.find(fmt::format("position {}", position.value)), std::string::npos) << error.message;
    EXPECT_EQ(log->read({}, 100).error().rule, rule);
    EXPECT_EQ(log->read({}, position.value - 1).value().size(), position.value - 1);
    EXPECT_EQ(log->read(position, 100).value().size(), kEvents - position.value);
    const LogCheck check = log->check_indexes().value();
    ASSERT_FALSE(check.findings.empty());
    EXPECT_EQ(check.findings[0].position, position);
  }
  std::vector<LogFinding> findings() const {
    const auto log = must_open(path());
    return log ? log->check_indexes().value().findings : std::vector<LogFinding>();
  }
  void expect_finding(Position position, const std::string& words) const {
    const auto found = findings();
    const auto fits = [&](const LogFinding& finding) {
      return finding.position == position && (finding.key + " " + finding.sentence).find(words) != std::string::npos;
    };
    if (std::any_of(found.begin(), found.end(), fits)) return;
    ADD_FAILURE() << "no finding at " << position.value << " says: " << words;
    for (const auto& finding : found) ADD_FAILURE() << finding.position.value << " " << finding.key << " " << finding.sentence;
  }

  LogDirectory directory_;
  LogId id_;
  StreamId stream_;
  std::vector<CommandId> commands_;
  std::vector<StoredEvent> events_;
};

}  // namespace civiclog
