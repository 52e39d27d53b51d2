#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "access/installation_key.h"
#include "installation/installation.h"
#include "replay-tools/verify_record.h"
#include "tests/log/raw_store.h"
#include "tests/replay-tools/record_contents.h"
#include "tests/support/deliberation.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/scratch_directory.h"

// One changed byte, in any file of a whole record: either nothing anybody can be told is different, or verification and starting
// both refuse. Of a record that was closed, and of one as a killed process leaves it, with everything in write-ahead logs.
//
// Usually a random part of the bytes; CIVICLOG_ALL_FLIPS=1 takes every byte of the lists of files and of the small files, and every header
// of a record of the write-ahead logs.

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr int kRandomFlips = 30;
constexpr size_t kFlipsPerFile = 3;  // Of the bytes that decide most: record headers, last records, small files.
constexpr size_t kRecordHeader = 7;
constexpr size_t kBlock = 32'768;

bool all_flips() { return std::getenv("CIVICLOG_ALL_FLIPS") != nullptr; }

std::vector<fs::path> files_of(const fs::path& record) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(record)) {
    if (entry.is_regular_file() && entry.file_size() > 0) out.push_back(fs::relative(entry.path(), record));
  }
  std::ranges::sort(out);
  return out;
}

// MANIFEST and write-ahead logs: records behind headers of checksum (4), length (2) and type (1), in blocks.
bool has_record_headers(const fs::path& file) {
  return file.extension() == ".log" || file.filename().string().starts_with("MANIFEST-");
}

std::vector<size_t> header_bytes(const std::string& bytes) {
  std::vector<size_t> out;
  for (size_t at = 0; at + kRecordHeader <= bytes.size();) {
    const size_t left = kBlock - at % kBlock;
    if (left < kRecordHeader) {
      at += left;
      continue;
    }
    for (size_t i = 0; i < kRecordHeader; ++i) out.push_back(at + i);
    at += kRecordHeader + static_cast<uint8_t>(bytes[at + 4]) + (static_cast<size_t>(static_cast<uint8_t>(bytes[at + 5])) << 8);
  }
  return out;
}

struct Told {
  ScratchDirectory scratch;
  const fs::path closed = scratch.path() / "closed";
  const fs::path killed = scratch.path() / "killed";

  Told() {
    const DataDirectory data = DataDirectory::create(closed).value();
    EXPECT_TRUE(InstallationKey::read_or_make(closed));
    const auto owner = std::move(Installation::open(data).value());
    Deliberation story(owner->commands());
    story.tell();
    EXPECT_TRUE(owner->catch_up());
    fs::copy(closed, killed, fs::copy_options::recursive);
  }
};

class RecordFlipTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    static const Told told;
    record_ = GetParam() ? told.closed : told.killed;
    begin_again();
    truth_ = contents();
    ASSERT_FALSE(truth_.events.empty());
    begin_again();
  }
  void begin_again() {
    fs::remove_all(copy_);
    fs::copy(record_, copy_, fs::copy_options::recursive);
  }
  // Why it does not start; then `out` is untouched.
  std::string start(RecordContents& out) {
    const Result<DataDirectory> data = DataDirectory::find(copy_);
    if (!data) return data.error().message;
    InstallationOptions options;
    options.disk = {disk_.env(), &disk_.file_calls()};
    const auto opened = Installation::open(*data, options);
    if (!opened) return opened.error().message;
    const auto key = InstallationKey::read(copy_);
    if (!key) return key.error().message;
    const Status caught_up = (*opened)->catch_up();
    EXPECT_TRUE(caught_up) << caught_up.error().message;
    out = RecordContents::of((*opened)->log(), (*opened)->vault(), (*opened)->views());
    return {};
  }
  RecordContents contents() {
    RecordContents out;
    EXPECT_EQ(start(out), "");
    return out;
  }
  void expect_harmless_or_refused(const fs::path& file, size_t offset, uint8_t mask) {
    SCOPED_TRACE(testing::Message() << file << " at " << offset << " changed by " << int{mask});
    std::string bytes = read_file(copy_ / file);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ mask);
    write_file(copy_ / file, bytes);
    const Result<DataDirectory> data = DataDirectory::find(copy_);
    const Result<Verification> found = data ? verify_record(*data) : Result<Verification>(data.error());
    const bool holds = found && found->verdict() == Verdict::kHolds;
    RecordContents told;
    const std::string refusal = start(told);
    ++flips_;
    refused_ += refusal.empty() ? 0 : 1;
    if (refusal.empty()) EXPECT_EQ(truth_.difference(told), "") << "verification says it " << (holds ? "holds" : "does not hold");
    else EXPECT_FALSE(holds) << "verification holds, but starting says: " << refusal;
    begin_again();
  }
  void flip_some(const fs::path& file, std::vector<size_t> offsets, size_t most) {
    if (!all_flips() && offsets.size() > most) {
      std::ranges::shuffle(offsets, random_);
      offsets.resize(most);
    }
    for (const size_t offset : offsets) {
      expect_harmless_or_refused(file, offset, static_cast<uint8_t>(1 + random_() % 255));
      if (HasFatalFailure()) return;
    }
  }
  void flip_one_of(const fs::path& file) {
    expect_harmless_or_refused(file, random_() % fs::file_size(record_ / file), static_cast<uint8_t>(1 + random_() % 255));
  }
  std::vector<size_t> every_byte(const fs::path& file) const {
    std::vector<size_t> out(fs::file_size(record_ / file));
    for (size_t i = 0; i < out.size(); ++i) out[i] = i;
    return out;
  }

  const uint32_t seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  ScratchDirectory scratch_;
  FaultyDisk disk_{scratch_.path() / "aside"};  // Only because it is fast: nothing is really synced.
  const fs::path copy_ = scratch_.path() / "copy";
  fs::path record_;
  RecordContents truth_;
  int flips_ = 0;
  int refused_ = 0;
};

TEST_P(RecordFlipTest, Any_byte_of_any_file) {
  const std::vector<fs::path> files = files_of(record_);
  for (int i = 0; i < kRandomFlips; ++i) {
    const fs::path& file = files[random_() % files.size()];
    flip_one_of(file);
  }
  EXPECT_LT(refused_, flips_);
}

TEST_P(RecordFlipTest, Headers_of_records_in_lists_of_files_and_write_ahead_logs) {
  for (const fs::path& file : files_of(record_)) {
    if (has_record_headers(file)) flip_some(file, header_bytes(read_file(record_ / file)), kFlipsPerFile);
  }
  EXPECT_GT(refused_, 0);
}

TEST_P(RecordFlipTest, The_last_record_of_lists_of_files_and_write_ahead_logs) {
  for (const fs::path& file : files_of(record_)) {
    if (!has_record_headers(file)) continue;
    const std::vector<size_t> headers = header_bytes(read_file(record_ / file));
    std::vector<size_t> last = every_byte(file);
    last.erase(last.begin(), last.begin() + static_cast<std::ptrdiff_t>(headers[headers.size() - kRecordHeader]));
    flip_some(file, last, kFlipsPerFile);
  }
  EXPECT_GT(refused_, 0);
}

TEST_P(RecordFlipTest, Files_that_say_what_belongs_together) {
  for (const fs::path& file : files_of(record_)) {
    static const std::set<std::string> kSmall = {"civiclog", kInstallationKeyFile, "head", "keys", "CURRENT", "IDENTITY", "files-seen"};
    if (kSmall.contains(file.filename().string())) flip_some(file, every_byte(file), kFlipsPerFile);
  }
  EXPECT_GT(refused_, 0);
}

TEST_P(RecordFlipTest, Lists_of_files) {
  for (const fs::path& file : files_of(record_)) {
    if (file.filename().string().starts_with("MANIFEST-")) flip_some(file, every_byte(file), kFlipsPerFile);
  }
  EXPECT_GT(refused_, 0);
}

INSTANTIATE_TEST_SUITE_P(Records, RecordFlipTest, testing::Bool(), [](const auto& tested) { return tested.param ? "closed" : "killed"; });

}  // namespace
}  // namespace civiclog
