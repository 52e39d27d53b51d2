#include "replay-tools/polis_export.h"

#include <iostream>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "installation/installation.h"
#include "replay-tools/external_sort.h"
#include "replay-tools/polis_import.h"
#include "replay-tools/polis_writer.h"
#include "tests/replay-tools/made_up_log.h"
#include "tests/replay-tools/polis_fixture.h"
#include "tests/support/heap_gauge.h"
#include "tests/support/scratch_directory.h"

// The files of an export, made in little memory.

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSmallSort = 4 << 10;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

const std::set<std::string> kFourFiles = {"comments.csv", "participants-votes.csv", "summary.csv", "votes.csv"};

polis::Conversation random_conversation(uint32_t seed) {
  std::mt19937 random(seed);
  polis::Conversation made;
  for (int64_t i = 0; i < 30; ++i) {
    made.statements.push_back({i * 3, static_cast<int64_t>(random() % 40), {1'500'000'000'000 + static_cast<int64_t>(random() % 9)},
                               static_cast<polis::Moderation>(static_cast<int>(random() % 3) - 1), 0, 0, "Statement " + std::to_string(i)});
  }
  for (int i = 0; i < 4'000; ++i) {
    made.votes.push_back({{1'500'000'000'010 + static_cast<int64_t>(random() % 500)}, static_cast<int64_t>(random() % 30) * 3,
                          static_cast<int64_t>(random() % 60), 0, static_cast<polis::Choice>(static_cast<int>(random() % 3) - 1)});
  }
  made.summary = {{"topic", "Made up"}};
  polis::sort_conversation(made);
  return made;
}

TEST(ExternalSort, Records_come_in_order_whatever_fits_in_memory_and_leave_no_file) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (const size_t records : {0, 1, 63, 64, 65, 5'000}) {
    ScratchDirectory scratch;
    ExternalSort<uint64_t> sort(scratch.path(), 64 * sizeof(uint64_t));
    std::vector<uint64_t> expected;
    for (size_t i = 0; i < records; ++i) {
      expected.push_back(random() % 1'000);
      ASSERT_TRUE(sort.add(expected.back()));
    }
    ASSERT_TRUE(sort.finish());
    EXPECT_TRUE(names_in(scratch.path()).empty());
    std::ranges::sort(expected);
    std::vector<uint64_t> sorted;
    for (Result<bool> more = sort.next(); *more; more = sort.next()) sorted.push_back(sort.head());
    EXPECT_EQ(sorted, expected);
  }
}

class PolisExportTest : public testing::Test {
 protected:
  void import(const polis::Conversation& conversation) {
    ASSERT_TRUE(polis::write_conversation(conversation, polis::latest_tallies(conversation), source()));
    const DataDirectory data = DataDirectory::create(scratch_.path() / "data").value();
    installation_ = std::move(Installation::open(data).value());
    const auto imported = import_polis(*installation_, {source(), "bridge", "imported", Secrecy::kOpen}, {});
    ASSERT_TRUE(imported) << imported.error().message;
  }
  fs::path source() const { return scratch_.path() / "bridge"; }
  // All files as one text.
  std::string exported(size_t sort_bytes) {
    const fs::path out = scratch_.path() / ("out" + std::to_string(sort_bytes));
    const auto done = export_polis(installation_->log(), installation_->vault(), {"bridge", out, true, sort_bytes}, {});
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_EQ(names_in(out), kFourFiles);
    return files_of(out);
  }
  static std::string files_of(const fs::path& folder) {
    std::string all;
    for (const std::string& name : kFourFiles) all += polis::file_text(folder / name);
    return all;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<Installation> installation_;
};

TEST_F(PolisExportTest, Sorted_in_pieces_it_is_what_was_imported_byte_for_byte) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  import(random_conversation(seed));
  const std::string expected = files_of(source());
  EXPECT_EQ(exported(kExportSortBytes), expected);
  EXPECT_EQ(exported(kSmallSort), expected);
}

TEST_F(PolisExportTest, Choices_that_were_withdrawn_are_left_out_and_later_ones_are_not) {
  polis::Conversation conversation = random_conversation(1);
  import(conversation);
  const ParticipantId voter{make_imported_uuid("polis/bridge", "participant", "7")};
  const auto submit = [&](const char* key, Command command) {
    const auto done = installation_->commands().submit_and_wait({command_id_of("t", key), issued_by(voter), std::move(command), {}, {}});
    EXPECT_TRUE(done) << done.error().message;
  };
  const std::vector<polis::LatestVote> latest = polis::latest_votes(conversation);
  const polis::LatestVote gone = *std::ranges::find(latest, 7, &polis::LatestVote::voter);
  const ContributionId statement{make_imported_uuid("polis/bridge", "statement", std::to_string(gone.statement))};
  submit("withdraw", WithdrawBallot{statement});
  std::erase_if(conversation.votes, [&](const polis::Vote& vote) { return vote.voter == 7 && vote.statement == gone.statement; });
  ASSERT_TRUE(polis::write_conversation(conversation, polis::latest_tallies(conversation), source(), {.overwrite = true}));
  EXPECT_EQ(exported(kSmallSort), files_of(source()));
  const size_t before = conversation.votes.size();
  submit("again", CastBallot{statement, 1, Choice::kAgree});
  const auto done = export_polis(installation_->log(), installation_->vault(), {"bridge", scratch_.path() / "more", false, kSmallSort}, {});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->votes, before + 1);
}

TEST_F(PolisExportTest, A_failed_export_leaves_no_file_and_no_folder_of_its_own) {
  import(random_conversation(1));
  ASSERT_TRUE(installation_->vault().destroy_box_key(
      [&] {
        for (Position at; at < installation_->log().head(); at = at.next()) {
          const StoredEvent event = read_one(installation_->log(), at.next()).value();
          const Payload payload = decode_payload(event).value();
          if (const auto* opened = std::get_if<BoxOpened>(&payload)) return opened->box;
        }
        return BoxId{};
      }()));
  const auto failed = export_polis(installation_->log(), installation_->vault(), {"bridge", scratch_.path() / "out"}, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIncompatible);
  EXPECT_FALSE(fs::exists(scratch_.path() / "out"));
}

size_t heap_of_export(uint64_t votes) {
  ScratchDirectory scratch;
  const MadeUpLog log(votes);
  const auto vault = std::move(Vault::create(scratch.path() / "vault", log.id()).value());
  const size_t before = heap_gauge::reset();
  const auto done = export_polis(log, *vault, {log.topic().text(), scratch.path() / "out", false, 256 << 10}, {});
  const size_t most = heap_gauge::most() - before;
  EXPECT_TRUE(done) << done.error().message;
  if (done) {
    EXPECT_EQ(done->votes, votes);
  }
  return most;
}

TEST(PolisExportMemory, It_does_not_grow_with_the_votes) {
  const size_t few = heap_of_export(30'000), many = heap_of_export(300'000);
  std::cout << few << " bytes of heap for 30,000 votes, " << many << " for 300,000\n";
  EXPECT_LT(few, size_t{16} << 20);
  EXPECT_LT(many, few + (size_t{1} << 20)) << "a vote would have to take less than 4 bytes";
}

}  // namespace
}  // namespace civiclog
