#include <algorithm>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "installation/head_acceptance.h"
#include "installation/installation.h"
#include "replay-tools/verify_record.h"
#include "storage/manifest_witness.h"
#include "tests/log/raw_store.h"
#include "tests/support/deliberation.h"
#include "tests/support/scratch_directory.h"

// Files of a whole record that are missing, cut off or changed: the auditor's verification says so, the service refuses to
// start, and nobody is told to throw away what a backup would bring back.

namespace civiclog {
namespace {

namespace fs = std::filesystem;

struct Part {
  const char* directory;  // Of its RocksDB, in the record.
  const char* name;       // In sentences.
};
constexpr Part kLog{"log", "The log"};
constexpr Part kVault{"vault/words", "The vault"};
constexpr Part kViews{"views", "read models"};

// Told once, with everything in table files; each test spoils copies.
const fs::path& told() {
  static const ScratchDirectory scratch;
  static const fs::path data = [] {
    const fs::path path = scratch.path() / "data";
    {
      const auto owner = std::move(Installation::open(DataDirectory::create(path).value()).value());
      Deliberation story(owner->commands());
      story.tell();
      EXPECT_TRUE(owner->catch_up());
    }
    for (const Part& part : {kLog, kVault, kViews}) RawStore(path / part.directory).flush();
    for (const Part& part : {kLog, kVault, kViews}) ManifestWitness::record(path / part.directory, *rocksdb::Env::Default());
    return path;
  }();
  return data;
}

std::vector<fs::path> files_below(const fs::path& directory, const std::string& extension = "") {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && (extension.empty() || entry.path().extension() == extension)) {
      out.push_back(fs::relative(entry.path(), directory));
    }
  }
  std::ranges::sort(out);
  return out;
}

class RecordDamageTest : public testing::Test {
 protected:
  fs::path fresh_copy() {
    const fs::path copy = scratch_.path() / std::to_string(++copies_);
    fs::copy(told(), copy, fs::copy_options::recursive);
    return copy;
  }
  static std::string sentences(const Verification& found) {
    std::string out;
    for (const Finding& finding : found.findings.listed()) out += finding.subject + " " + finding.sentence + "\n";
    return out;
  }
  // Empty when it starts.
  static std::string refusal_to_start(const fs::path& data) {
    const Result<DataDirectory> found = DataDirectory::find(data);
    if (!found) return found.error().message;
    const auto owner = Installation::open(*found);
    return owner ? "" : owner.error().message;
  }
  static void expect_no_destructive_advice(const std::string& said) {
    for (const char* advice : {"accept-head", "remove", "begin again", "create"}) {
      EXPECT_EQ(said.find(advice), std::string::npos) << said;
    }
  }
  // Everybody refuses, names the file, and says what to do.
  static void expect_named(const fs::path& data, const Part& part, const std::string& file) {
    const Result<Verification> found = verify_record(DataDirectory::find(data).value());
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->verdict(), Verdict::kFailed) << file;
    for (const std::string& said : {sentences(*found), refusal_to_start(data)}) {
      // A row of the log that cannot be read is an event with a position.
      EXPECT_TRUE(said.find(part.name) != std::string::npos || said.find("event at position") != std::string::npos) << file << ": " << said;
      EXPECT_NE(said.find(file), std::string::npos) << file << ": " << said;
      EXPECT_TRUE(said.find("backup") != std::string::npos || said.find("rebuild") != std::string::npos) << said;
      EXPECT_EQ(said.find("IO error"), std::string::npos) << said;
      expect_no_destructive_advice(said);
    }
  }

  ScratchDirectory scratch_;
  int copies_ = 0;
};

class RecordPartDamageTest : public RecordDamageTest, public testing::WithParamInterface<Part> {};

TEST_P(RecordPartDamageTest, A_missing_table_file_is_named_by_all) {
  const std::vector<fs::path> tables = files_below(told() / GetParam().directory, ".sst");
  ASSERT_FALSE(tables.empty());
  for (const fs::path& table : tables) {
    const fs::path copy = fresh_copy();
    fs::remove(copy / GetParam().directory / table);
    expect_named(copy, GetParam(), table.filename());
  }
}

TEST_P(RecordPartDamageTest, A_table_file_that_is_cut_off_is_named_by_all) {
  for (const fs::path& table : files_below(told() / GetParam().directory, ".sst")) {
    const fs::path copy = fresh_copy();
    const fs::path file = copy / GetParam().directory / table;
    fs::resize_file(file, fs::file_size(file) - 1);
    expect_named(copy, GetParam(), table.filename());
  }
}

TEST_P(RecordPartDamageTest, A_damaged_block_is_named_by_all) {
  for (const fs::path& table : files_below(told() / GetParam().directory, ".sst")) {
    const fs::path copy = fresh_copy();
    flip_byte(copy / GetParam().directory / table, 3);
    expect_named(copy, GetParam(), table.filename());
  }
}

// RocksDB passes over a torn end of its list, and removes the files it then does not know.
TEST_P(RecordPartDamageTest, A_list_of_files_that_is_cut_off_is_named_by_all_and_nothing_is_removed) {
  std::vector<fs::path> manifests = files_below(told() / GetParam().directory);
  std::erase_if(manifests, [](const fs::path& file) { return !file.string().starts_with("MANIFEST-"); });
  ASSERT_EQ(manifests.size(), 1u);
  const auto size = fs::file_size(told() / GetParam().directory / manifests[0]);
  for (const uintmax_t cut : {uintmax_t{1}, uintmax_t{20}, uintmax_t{150}, size / 3, size / 2, size - 1}) {
    if (cut >= size) continue;
    const fs::path copy = fresh_copy();
    const std::vector<fs::path> before = files_below(copy / GetParam().directory, ".sst");
    fs::resize_file(copy / GetParam().directory / manifests[0], size - cut);
    expect_named(copy, GetParam(), manifests[0]);
    EXPECT_EQ(files_below(copy / GetParam().directory, ".sst"), before);
  }
}

TEST_P(RecordPartDamageTest, A_missing_list_of_files_is_refused_without_the_words_of_a_library) {
  for (const std::string& name : {std::string("CURRENT"), std::string("MANIFEST-")}) {
    const fs::path copy = fresh_copy();
    for (const fs::path& file : files_below(copy / GetParam().directory)) {
      if (file.string().starts_with(name)) fs::remove(copy / GetParam().directory / file);
    }
    const std::string said = refusal_to_start(copy);
    EXPECT_FALSE(said.empty()) << name;
    EXPECT_EQ(said.find("IO error"), std::string::npos) << said;
    EXPECT_EQ(said.find("Corruption"), std::string::npos) << said;
    expect_no_destructive_advice(said);
    const Result<Verification> found = verify_record(DataDirectory::find(copy).value());
    ASSERT_TRUE(found || GetParam().directory == std::string("log")) << found.error().message;
    EXPECT_TRUE(!found || found->verdict() == Verdict::kFailed);
    expect_no_destructive_advice(found ? sentences(*found) : found.error().message);
  }
}

TEST_P(RecordPartDamageTest, A_missing_directory_is_refused) {
  const fs::path copy = fresh_copy();
  fs::remove_all(copy / GetParam().directory);
  const std::string said = refusal_to_start(copy);
  EXPECT_TRUE(said.find("backup") != std::string::npos || said.find("rebuild") != std::string::npos) << said;
  EXPECT_EQ(said.find("IO error"), std::string::npos) << said;
  expect_no_destructive_advice(said);
}

INSTANTIATE_TEST_SUITE_P(Parts, RecordPartDamageTest, testing::Values(kLog, kVault, kViews), [](const auto& tested) {
  return std::string(tested.param.directory).substr(0, std::string(tested.param.directory).find('/'));
});

TEST_F(RecordDamageTest, What_is_too_much_for_a_start_is_read_afterwards_and_takes_readiness_back) {
  const fs::path copy = fresh_copy();
  const DataDirectory data = DataDirectory::find(copy).value();
  std::mutex mutex;
  std::vector<Error> errors;
  InstallationOptions options;
  options.max_bytes_read_at_start = 0;
  options.on_error = [&](const Error& error) {
    const std::lock_guard lock(mutex);
    errors.push_back(error);
  };
  {
    const auto sound = std::move(Installation::open(data, options).value());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_EQ(sound->failure(), "");
  }
  EXPECT_TRUE(errors.empty());
  // The index of commands, written last, which opening does not read.
  const fs::path table = files_below(copy / "log", ".sst").back();
  flip_byte(copy / "log" / table, 3);
  const auto damaged = Installation::open(data, options);
  if (!damaged) GTEST_FAIL() << "opening read the block: " << damaged.error().message;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while ((*damaged)->failure().empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_NE((*damaged)->failure().find(table.string()), std::string::npos) << (*damaged)->failure();
  const std::lock_guard lock(mutex);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors.front().rule, kDamagedFiles);
}

TEST_F(RecordDamageTest, A_vault_that_is_older_than_the_log_is_refused_at_the_start) {
  const fs::path copy = fresh_copy();
  const fs::path older = scratch_.path() / "older";
  fs::copy(copy / "vault", older, fs::copy_options::recursive);
  {
    const auto owner = std::move(Installation::open(DataDirectory::find(copy).value()).value());
    ASSERT_TRUE(owner->commands().submit_and_wait(
        {command_id_of("t", "one"), issued_by_system(), RegisterOrganisation{"one", "One"}, {}, {}}));
  }
  fs::remove_all(copy / "vault");
  fs::copy(older, copy / "vault", fs::copy_options::recursive);
  const std::string said = refusal_to_start(copy);
  EXPECT_NE(said.find("older copy than the log"), std::string::npos) << said;
}

TEST_F(RecordDamageTest, A_log_that_goes_on_after_a_lost_end_opens_also_with_a_vault_that_was_ahead) {
  const fs::path copy = fresh_copy();
  const DataDirectory data = DataDirectory::find(copy).value();
  const auto healthy = accept_present_head(data);
  ASSERT_TRUE(healthy) << healthy.error().message;
  EXPECT_TRUE(healthy->gave_up_nothing());
  const fs::path older = scratch_.path() / "older";
  fs::copy(copy / "log", older, fs::copy_options::recursive);
  {
    const auto owner = std::move(Installation::open(data).value());
    ASSERT_TRUE(owner->commands().submit_and_wait(
        {command_id_of("t", "one"), issued_by_system(), RegisterOrganisation{"one", "One"}, {}, {}}));
    ASSERT_TRUE(owner->catch_up());
  }
  fs::copy_file(copy / "log/head", older / "head", fs::copy_options::overwrite_existing);
  fs::remove_all(copy / "log");
  fs::copy(older, copy / "log", fs::copy_options::recursive);
  EXPECT_NE(refusal_to_start(copy).find("accept-head"), std::string::npos) << refusal_to_start(copy);
  const auto accepted = accept_present_head(data);
  ASSERT_TRUE(accepted) << accepted.error().message;
  EXPECT_FALSE(accepted->gave_up_nothing());
  EXPECT_EQ(accepted->acknowledged, accepted->head.next());
  // Only the read models are ahead now, which can be made anew.
  EXPECT_NE(refusal_to_start(copy).find("rebuild"), std::string::npos) << refusal_to_start(copy);
  fs::remove_all(data.views_path());
  ASSERT_TRUE(Views::create(data.views_path(), data.log()));
  const auto owner = Installation::open(data);
  ASSERT_TRUE(owner) << owner.error().message;
  EXPECT_TRUE((*owner)->catch_up());
}

}  // namespace
}  // namespace civiclog
