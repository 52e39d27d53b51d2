#include <atomic>
#include <thread>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "tests/log/log_directory.h"

// A disk that fails while the log is written: the writer stops for good, says so, and everything else goes on.

namespace civiclog {
namespace {

struct Faults {
  std::atomic<bool> wal_sync{false};
  std::atomic<bool> head_write{false};
  std::atomic<bool> head_sync{false};
};

rocksdb::IOStatus broken() { return rocksdb::IOStatus::IOError("the disk is on fire"); }

class FaultyWal final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyWal(std::unique_ptr<rocksdb::FSWritableFile> file, const Faults& faults)
      : FSWritableFileOwnerWrapper(std::move(file)), faults_(faults) {}
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
    return faults_.wal_sync ? broken() : target()->Sync(options, context);
  }

 private:
  const Faults& faults_;
};

class FaultyHead final : public rocksdb::FSRandomRWFileOwnerWrapper {
 public:
  FaultyHead(std::unique_ptr<rocksdb::FSRandomRWFile> file, const Faults& faults)
      : FSRandomRWFileOwnerWrapper(std::move(file)), faults_(faults) {}
  rocksdb::IOStatus Write(uint64_t offset, const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override {
    return faults_.head_write ? broken() : FSRandomRWFileOwnerWrapper::Write(offset, bytes, options, context);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
    return faults_.head_sync ? broken() : FSRandomRWFileOwnerWrapper::Sync(options, context);
  }

 private:
  const Faults& faults_;
};

class FaultyDisk final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyDisk(const Faults& faults) : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(faults) {}
  const char* Name() const override { return "FaultyDisk"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* context) override {
    rocksdb::IOStatus status = target()->NewWritableFile(name, options, file, context);
    if (status.ok() && name.ends_with(".log")) *file = std::make_unique<FaultyWal>(std::move(*file), faults_);
    return status;
  }
  rocksdb::IOStatus NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file, rocksdb::IODebugContext* context) override {
    rocksdb::IOStatus status = target()->NewRandomRWFile(name, options, file, context);
    if (status.ok()) *file = std::make_unique<FaultyHead>(std::move(*file), faults_);
    return status;
  }

 private:
  const Faults& faults_;
};

class RocksLogFailure : public testing::Test {
 protected:
  void SetUp() override {
    log_ = must_create(directory_.path(), {.env = env_.get()});
    before_ = writing(new_stream(), 2);
    must_append(*log_, before_);
  }
  // Stopped with the reason, nothing more accepted, and what was written before is still read.
  void expect_stopped_for_good() {
    EXPECT_EQ(log_->state(), LogState::kFailed);
    EXPECT_NE(log_->failure().find("the disk is on fire"), std::string::npos) << log_->failure();
    const Error late = append_and_wait(*log_, writing(new_stream())).error();
    EXPECT_EQ(late.code, ErrorCode::kUnavailable);
    EXPECT_EQ(late.rule, "log_stopped");
    EXPECT_NE(late.message.find("the disk is on fire"), std::string::npos) << late.message;
    EXPECT_EQ(read_all(*log_).size(), log_->head().value);
    EXPECT_TRUE(log_->find_command(before_.command).value().has_value());
    EXPECT_FALSE(log_->wait_past(log_->head(), std::chrono::steady_clock::now() + std::chrono::seconds(60), {}));
    log_->stop();
    EXPECT_EQ(log_->state(), LogState::kFailed);
  }
  // After the repair: the same commands again, each there once in the end.
  void expect_settled(const std::vector<AppendRequest>& uncertain) {
    log_.reset();
    log_ = must_open(directory_.path());
    size_t expected = 2;
    for (const AppendRequest& request : uncertain) {
      must_append(*log_, request);
      expected += request.events.size();
    }
    EXPECT_EQ(log_->head(), Position{expected});
    expect_sound(*log_);
  }

  Faults faults_;
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(std::make_shared<FaultyDisk>(faults_));
  LogDirectory directory_;
  AppendRequest before_;
  std::unique_ptr<RocksLog> log_;
};

TEST_F(RocksLogFailure, A_failed_flush_stops_the_writer_and_reads_go_on) {
  std::vector<AppendRequest> requests;
  std::vector<std::future<Result<Appended>>> answers;
  std::future<Result<Appended>> repeated;
  {
    Stall stall(*log_);
    // More than one batch, so that some are still queued when the first fails.
    for (int i = 0; i < 20; ++i) {
      requests.push_back(writing(new_stream(), 15, 60'000));
      answers.push_back(submit(*log_, requests.back()));
      if (i == 0) repeated = submit(*log_, requests[0]);
    }
    faults_.wal_sync = true;
  }
  size_t unknown = 0;
  size_t refused = 0;
  for (auto& answer : answers) {
    const Error error = answer.get().error();
    unknown += error.code == ErrorCode::kOutcomeUnknown;
    refused += error.code == ErrorCode::kUnavailable && error.rule == "log_stopped";
  }
  EXPECT_GT(unknown, 0u);
  EXPECT_GT(refused, 0u);
  EXPECT_EQ(unknown + refused, answers.size());
  // It would have been the answer to a commit that may not exist.
  EXPECT_EQ(repeated.get().error().code, ErrorCode::kOutcomeUnknown);
  expect_stopped_for_good();
  EXPECT_EQ(log_->head(), Position{3});
  faults_.wal_sync = false;
  log_.reset();
  log_ = must_open(directory_.path());
  for (const AppendRequest& request : requests) must_append(*log_, request);
  EXPECT_EQ(log_->head(), Position{3 + 20 * 15});
  expect_sound(*log_);
}

TEST_F(RocksLogFailure, A_head_that_cannot_be_written_leaves_the_outcome_unknown) {
  const AppendRequest request = writing(new_stream(), 3);
  faults_.head_write = true;
  EXPECT_EQ(append_and_wait(*log_, request).error().code, ErrorCode::kOutcomeUnknown);
  // Durable, but never published: nobody was told, and nobody sees it.
  EXPECT_EQ(log_->head(), Position{2});
  EXPECT_FALSE(log_->find_command(request.command).value().has_value());
  EXPECT_EQ(log_->stream_version(request.events[0].stream).value(), kNone);
  EXPECT_TRUE(log_->read_stream(request.events[0].stream, kNone).value().empty());
  expect_stopped_for_good();
  faults_.head_write = false;
  expect_settled({request});
}

TEST_F(RocksLogFailure, A_head_that_cannot_be_flushed_stops_the_writer) {
  faults_.head_sync = true;
  const AppendRequest request = writing(new_stream());
  const Result<Appended> answer = append_and_wait(*log_, request);
  // Either way it stops within a moment; what was acknowledged stays.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (log_->state() != LogState::kFailed && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  expect_stopped_for_good();
  faults_.head_sync = false;
  EXPECT_TRUE(answer.has_value() || answer.error().rule == "log_stopped");
  expect_settled({request});
}

}  // namespace
}  // namespace civiclog
