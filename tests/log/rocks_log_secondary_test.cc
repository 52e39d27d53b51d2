#include <algorithm>
#include <functional>
#include <thread>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "tests/log/log_directory.h"
#include "tests/log/raw_store.h"

// Reading a log beside its writer, or one that nobody writes.

namespace civiclog {
namespace {

// Runs something of the test's before the second time that the directory is listed. catch_up() lists it first,
// RocksDB second.
class InterruptedListing final : public rocksdb::FileSystemWrapper {
 public:
  InterruptedListing() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "InterruptedListing"; }
  rocksdb::IOStatus GetChildren(const std::string& directory, const rocksdb::IOOptions& options, std::vector<std::string>* names,
                                rocksdb::IODebugContext* context) override {
    if (interruption_ && ++listings_ == 2) std::exchange(interruption_, nullptr)();
    return target()->GetChildren(directory, options, names, context);
  }
  void interrupt_second(std::function<void()> interruption) { interruption_ = std::move(interruption); }
  bool has_interrupted() const { return listings_ >= 2 && !interruption_; }

 private:
  std::function<void()> interruption_;
  int listings_ = 0;
};

TEST(RocksLogSecondary, Follows_a_running_writer_and_never_writes) {
  const LogDirectory directory;
  const auto log = must_create(directory.path());
  const StreamId stream = new_stream();
  must_append(*log, writing(stream, 3));
  auto opened = RocksLog::open_secondary(directory.path());
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  RocksLog& secondary = **opened;
  EXPECT_EQ(secondary.state(), LogState::kSecondary);
  EXPECT_EQ(secondary.head(), Position{3});
  EXPECT_EQ(append_and_wait(secondary, writing(stream)).error().rule, "read_only");
  must_append(*log, writing(stream, 2));
  EXPECT_EQ(secondary.head(), Position{3});
  EXPECT_EQ(secondary.read_stream(stream, kNone).value().size(), 3u);
  ASSERT_TRUE(secondary.catch_up().has_value());
  EXPECT_EQ(secondary.head(), Position{5});
  EXPECT_EQ(secondary.stream_version(stream).value(), Version{5});
  EXPECT_EQ(read_all(secondary).size(), 5u);
  expect_sound(secondary);
}

// The moment that makes a hole: RocksDB's secondary has read the manifest and is about to list the write-ahead logs,
// when the writer flushes, removes the log of that flush, and goes on in a new one.
TEST(RocksLogSecondary, A_flush_in_the_middle_of_catching_up_makes_no_hole) {
  const LogDirectory directory;
  const auto log = must_create(directory.path());
  must_append(*log, writing(new_stream()));
  const auto disk = std::make_shared<InterruptedListing>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  const auto opened = RocksLog::open_secondary(directory.path(), {.env = env.get()});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  RocksLog& secondary = **opened;
  disk->interrupt_second([&] {
    const std::filesystem::path old = file_with(directory.path(), ".log");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::filesystem::exists(old) && std::chrono::steady_clock::now() < deadline) {
      must_append(*log, writing(new_stream(), 15, 60'000));
    }
    EXPECT_FALSE(std::filesystem::exists(old));
    must_append(*log, writing(new_stream()));
  });
  ASSERT_TRUE(secondary.catch_up().has_value());
  EXPECT_TRUE(disk->has_interrupted());
  EXPECT_EQ(secondary.head(), log->head());
  EXPECT_EQ(read_all(secondary).size(), log->head().value);
  expect_sound(secondary);
}

// The writer flushes memtables and removes write-ahead logs the whole time, which is when a secondary could miss some.
TEST(RocksLogSecondary, Never_sees_a_hole_while_the_writer_flushes) {
  const LogDirectory directory;
  const auto log = must_create(directory.path());
  must_append(*log, writing(new_stream()));
  auto opened = RocksLog::open_secondary(directory.path());
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  RocksLog& secondary = **opened;
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    for (int i = 0; i < 250; ++i) must_append(*log, writing(new_stream(), 15, 60'000));
    is_done = true;
  });
  uint64_t seen = 0;
  while (!is_done || seen < log->head().value) {
    const Status status = secondary.catch_up();
    if (!status) {
      EXPECT_EQ(status.error().code, ErrorCode::kUnavailable) << status.error().message;
      continue;
    }
    const auto batch = secondary.read({seen}, 500);
    if (!batch) {
      ADD_FAILURE() << batch.error().message;
      break;
    }
    seen += batch->size();
  }
  writer.join();
  ASSERT_TRUE(secondary.catch_up().has_value());
  EXPECT_EQ(secondary.head(), log->head());
  expect_sound(secondary);
}

TEST(RocksLogSecondary, A_stopped_directory_is_read_without_changing_it) {
  const LogDirectory directory;
  {
    const auto log = must_create(directory.path());
    must_append(*log, writing(new_stream(), 4));
  }
  const auto listing = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.root())) {
      const auto size = entry.is_regular_file() ? entry.file_size() : 0;
      names.push_back(entry.path().string() + " " + std::to_string(size) + " " +
                      std::to_string(entry.last_write_time().time_since_epoch().count()));
    }
    std::ranges::sort(names);
    return names;
  };
  const auto before = listing();
  {
    const auto secondary = RocksLog::open_secondary(directory.path());
    ASSERT_TRUE(secondary.has_value()) << secondary.error().message;
    EXPECT_EQ(read_all(**secondary).size(), 4u);
    EXPECT_TRUE((*secondary)->catch_up().has_value());
    expect_sound(**secondary);
  }
  EXPECT_EQ(listing(), before);
}

}  // namespace
}  // namespace civiclog
