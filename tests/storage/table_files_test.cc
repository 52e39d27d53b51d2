#include "storage/table_files.h"

#include <fstream>
#include <memory>

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "storage/directory_lock.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr StoreName kStore{"The store", "restore it from its backup"};

class TableFilesTest : public testing::Test {
 protected:
  std::string path() const { return (scratch_.path() / "store").string(); }

  std::unique_ptr<rocksdb::DB> open() const {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* db = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, path(), &db).ok());
    return std::unique_ptr<rocksdb::DB>(db);
  }
  static void fill(rocksdb::DB& db, int begin, int end) {
    for (int i = begin; i < end; ++i) EXPECT_TRUE(db.Put({}, "key " + std::to_string(i), std::string(100, 'v')).ok());
    EXPECT_TRUE(db.Flush({}).ok());
  }
  Status check(FileDepth depth) const { return check_still_files(kStore, path(), depth, *rocksdb::Env::Default()); }
  fs::path a_table() const {
    for (const auto& entry : fs::directory_iterator(path())) {
      if (entry.path().extension() == ".sst") return entry.path();
    }
    ADD_FAILURE() << "no table file";
    return {};
  }

  ScratchDirectory scratch_;
};

TEST_F(TableFilesTest, A_whole_store_is_whole_at_either_depth_and_an_empty_place_is_not_its_business) {
  EXPECT_TRUE(check(FileDepth::kEveryBlock));
  fill(*open(), 0, 1'000);
  EXPECT_TRUE(check(FileDepth::kPresence));
  EXPECT_TRUE(check(FileDepth::kEveryBlock));
}

TEST_F(TableFilesTest, A_store_with_a_writer_is_left_to_its_writer) {
  const auto db = open();
  fill(*db, 0, 10);
  const Status status = check(FileDepth::kPresence);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().rule, kInUse);
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(read_every_block(kStore, *db));
}

TEST_F(TableFilesTest, A_damaged_block_is_seen_only_by_the_deeper_look) {
  fill(*open(), 0, 1'000);
  std::fstream file(a_table(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(20);
  file.put('X');
  file.close();
  EXPECT_TRUE(check(FileDepth::kPresence));
  const Status status = check(FileDepth::kEveryBlock);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(status.error().rule, kDamagedFiles);
  EXPECT_EQ(status.error().message, "The store in " + path() + " cannot be used, its file " + a_table().filename().string() +
                                        " is missing, cut off or damaged: restore it from its backup.");
  EXPECT_FALSE(read_every_block(kStore, *open()));
}

TEST_F(TableFilesTest, Files_that_a_compaction_replaced_meanwhile_are_passed_over_and_lost_ones_are_not) {
  const auto db = open();
  fill(*db, 0, 100);
  fill(*db, 50, 150);
  fill(*db, 100, 200);
  bool compacted = false;
  // After the first file, the ones still to be read go.
  EXPECT_TRUE(read_every_block(kStore, *db, {}, [&](uint64_t, uint64_t) {
    if (compacted) return;
    compacted = db->CompactRange({}, nullptr, nullptr).ok();
  }));
  EXPECT_TRUE(compacted);
  fs::remove(a_table());
  const Status status = read_every_block(kStore, *db);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().rule, kDamagedFiles);
}

TEST_F(TableFilesTest, Reading_stops_when_asked_to) {
  const auto db = open();
  fill(*db, 0, 100);
  fill(*db, 50, 150);
  std::stop_source stop;
  int reports = 0;
  EXPECT_TRUE(read_every_block(kStore, *db, stop.get_token(), [&](uint64_t done, uint64_t total) {
    ++reports;
    EXPECT_LT(done, total);
    stop.request_stop();
  }));
  EXPECT_EQ(reports, 1);
  EXPECT_GT(table_bytes(*db), 0u);
}

TEST_F(TableFilesTest, What_the_machine_refuses_is_not_damage) {
  const Error error = store_failure(kStore, "somewhere", rocksdb::Status::IOError("While appending", "No space left on device"));
  EXPECT_EQ(error.code, ErrorCode::kIo);
  EXPECT_NE(error.message.find("No space left"), std::string::npos);
}

}  // namespace
}  // namespace civiclog
