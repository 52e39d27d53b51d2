#include "storage/manifest_witness.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "base/crypto.h"
#include "storage/table_files.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr StoreName kName{"The store", "restore it"};

std::string read(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}
void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

class ManifestWitnessTest : public testing::Test {
 protected:
  void SetUp() override {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.listeners.push_back(std::make_shared<ManifestWitness>(path(), env_));
    open(options)->Close().PermitUncheckedError();
    options.create_if_missing = false;
    // Two flushes, so that the list has a last record that RocksDB could do without.
    const std::unique_ptr<rocksdb::DB> db = open(options);
    for (const char* key : {"a", "b"}) {
      ASSERT_TRUE(db->Put({}, key, "value").ok());
      ASSERT_TRUE(db->Flush({}).ok());
    }
  }
  std::unique_ptr<rocksdb::DB> open(const rocksdb::Options& options) {
    rocksdb::DB* db = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, path(), &db).ok());
    return std::unique_ptr<rocksdb::DB>(db);
  }
  std::string path() const { return (scratch_.path() / "store").string(); }
  fs::path manifest() const {
    std::string name;
    std::ifstream(path() + "/CURRENT") >> name;
    return fs::path(path()) / name;
  }
  bool accepts() { return ManifestWitness::check(kName, path(), env_).has_value(); }

  rocksdb::Env& env_ = *rocksdb::Env::Default();
  ScratchDirectory scratch_;
};

TEST_F(ManifestWitnessTest, Every_changed_byte_of_the_list_of_files_is_named) {
  ManifestWitness::record(path(), env_);
  ASSERT_TRUE(accepts());
  const std::string good = read(manifest());
  for (size_t i = 0; i < good.size(); ++i) {
    for (const uint8_t mask : {uint8_t{0x01}, uint8_t{0x5a}, uint8_t{0xff}}) {
      std::string damaged = good;
      damaged[i] = static_cast<char>(damaged[i] ^ mask);
      write(manifest(), damaged);
      const Status found = ManifestWitness::check(kName, path(), env_);
      ASSERT_FALSE(found) << "byte " << i;
      EXPECT_EQ(found.error().rule, kDamagedFiles);
      EXPECT_NE(found.error().message.find(manifest().filename()), std::string::npos) << found.error().message;
      EXPECT_FALSE(check_still_files(kName, path(), FileDepth::kPresence, env_)) << "byte " << i;
    }
  }
}

TEST_F(ManifestWitnessTest, A_list_that_has_grown_since_is_accepted) {
  ManifestWitness::record(path(), env_);
  std::ofstream(manifest(), std::ios::binary | std::ios::app) << "more";
  EXPECT_TRUE(accepts());
}

TEST_F(ManifestWitnessTest, A_flush_writes_the_mark) {
  const std::string mark = read(path() + "/files-seen");
  EXPECT_TRUE(mark.starts_with(manifest().filename().string() + " " + std::to_string(fs::file_size(manifest())) + " ")) << mark;
}

TEST_F(ManifestWitnessTest, A_mark_of_before_its_checksum_still_says_how_long_the_list_was) {
  const auto write_mark = [&](uintmax_t size) {
    const std::string text = fmt::format("{} {}", manifest().filename().string(), size);
    write(path() + "/files-seen", fmt::format("{} {:08x}\n", text, crc32c(text)));
  };
  write_mark(fs::file_size(manifest()));
  EXPECT_TRUE(accepts());
  write_mark(fs::file_size(manifest()) + 1);
  EXPECT_FALSE(accepts());
}

TEST_F(ManifestWitnessTest, A_damaged_mark_accuses_nobody) {
  ManifestWitness::record(path(), env_);
  const std::string good = read(path() + "/files-seen");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x11);
    write(path() + "/files-seen", damaged);
    EXPECT_TRUE(accepts()) << "byte " << i;
  }
}

}  // namespace
}  // namespace civiclog
