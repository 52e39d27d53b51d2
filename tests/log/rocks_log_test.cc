#include "events/rocks_log.h"

#include "tests/log/log_directory.h"

namespace civiclog {
namespace {

class RocksLogUnderTest final : public LogUnderTest {
 public:
  explicit RocksLogUnderTest(LogSettings settings) : settings_(std::move(settings)), log_(must_create(directory_.path(), options())) {}
  EventLog& log() override { return *log_; }
  void stop() override { log_->stop(); }
  void reopen() override {
    expect_sound(*log_);
    log_.reset();
    log_ = must_open(directory_.path(), options());
    expect_sound(*log_);
  }

 private:
  RocksLogOptions options() const { return {.clock = settings_.clock, .queue = settings_.queue}; }

  LogDirectory directory_;
  LogSettings settings_;
  std::unique_ptr<RocksLog> log_;
};

INSTANTIATE_TEST_SUITE_P(RocksLog, LogConformance, testing::Values(LogMaker{[](LogSettings settings) {
                           return std::make_unique<RocksLogUnderTest>(std::move(settings));
                         }}));

TEST(RocksLog, Commits_in_flight_together_share_one_flush) {
  const LogDirectory directory;
  const auto log = must_create(directory.path());
  expect_group_commit(*log, [&] { return log->stats().flushes; });
  const RocksLogStats stats = log->stats();
  EXPECT_EQ(stats.commits, 201u);
  EXPECT_EQ(stats.events, 201u);
  EXPECT_EQ(stats.queued_requests, 0u);
  EXPECT_EQ(stats.queued_bytes, 0u);
}

TEST(RocksLog, A_second_writer_in_the_same_process_is_refused) {
  const LogDirectory directory;
  const auto log = must_create(directory.path());
  const Error error = refusal_of(directory.path());
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.rule, "in_use");
}

TEST(RocksLog, Creating_over_something_is_refused) {
  const LogDirectory directory;
  must_create(directory.path());
  EXPECT_EQ(RocksLog::create(directory.path(), new_log_id()).error().rule, "log_exists");
  EXPECT_EQ(RocksLog::create(directory.root(), new_log_id()).error().rule, "log_exists");
  EXPECT_EQ(RocksLog::create(directory.root() / "no" / "parent", new_log_id()).error().code, ErrorCode::kIo);
}

TEST(RocksLog, Another_installations_log_is_refused) {
  const LogDirectory directory;
  const LogId id = must_create(directory.path())->id();
  const Error error = refusal_of(directory.path(), {.expected_log = new_log_id()});
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_NE(error.message.find(id.text()), std::string::npos) << error.message;
  EXPECT_NE(must_open(directory.path(), {.expected_log = id}), nullptr);
}

}  // namespace
}  // namespace civiclog
