#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay-tools/polis_reader.h"
#include "replay-tools/polis_table.h"
#include "replay-tools/polis_writer.h"
#include "tests/replay-tools/polis_fixture.h"
#include "tests/support/real_data.h"

// Against the published exports and truth files that were computed without any code of ours.

namespace civiclog::polis {
namespace {

using testing::IsEmpty;

using PolisRealData = FolderTest;

std::vector<std::filesystem::path> conversations(const std::filesystem::path& data) {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(data / "polis")) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  EXPECT_FALSE(folders.empty()) << "no conversations in " << data;
  return folders;
}

// The columns of a truth file, by statement id.
std::map<int64_t, std::vector<int64_t>> truth(const std::filesystem::path& path, std::initializer_list<std::string_view> names) {
  auto source = FileSource::open(path);
  EXPECT_TRUE(source);
  Table table(*source, path.filename().string());
  EXPECT_TRUE(table.read_header());
  const auto columns = table.require(names);
  EXPECT_TRUE(columns);
  std::map<int64_t, std::vector<int64_t>> rows;
  while (*table.next()) {
    std::vector<int64_t> row;
    for (const size_t column : *columns) row.push_back(*table.integer(column, INT64_MIN, INT64_MAX));
    rows[row[0]] = row;
  }
  return rows;
}

TEST_F(PolisRealData, Every_published_matrix_agrees_with_the_latest_votes_cell_for_cell) {
  CIVICLOG_REAL_DATA_OR_SKIP(data);
  for (const auto& folder : conversations(data)) {
    const auto reading = read_conversation(folder);
    ASSERT_TRUE(reading) << folder << ": " << reading.error().message;
    EXPECT_THAT(reading->warnings, IsEmpty()) << folder;
    EXPECT_TRUE(validate(reading->conversation)) << folder;
    EXPECT_TRUE(summary_value(reading->conversation, "topic")) << folder;
  }
}

TEST_F(PolisRealData, The_latest_votes_give_the_true_tallies) {
  CIVICLOG_REAL_DATA_OR_SKIP(data);
  for (const auto& folder : conversations(data)) {
    const auto reading = read_conversation(folder);
    ASSERT_TRUE(reading) << folder;
    const auto expected = truth(folder / "truth_statements.csv", {"comment_id", "author_id", "created_ms", "moderated", "last_agree",
                                                                  "last_disagree", "last_pass", "official_agrees", "raw_total"});
    const auto& statements = reading->conversation.statements;
    ASSERT_EQ(expected.size(), statements.size());
    std::map<int64_t, int64_t> rows;
    for (const Vote& vote : reading->conversation.votes) ++rows[vote.statement];
    const auto tallies = latest_tallies(reading->conversation);
    for (size_t i = 0; i < statements.size(); ++i) {
      const Statement& statement = statements[i];
      EXPECT_EQ((std::vector<int64_t>{statement.id, statement.author, statement.created.ms,
                                      static_cast<int64_t>(statement.moderated), tallies[i].agrees, tallies[i].disagrees,
                                      tallies[i].passes, statement.published_agrees, rows[statement.id]}),
                expected.at(statement.id))
          << folder << " statement " << statement.id;
    }
  }
}

TEST_F(PolisRealData, Identical_rows_are_told_apart_by_their_ordinal) {
  CIVICLOG_REAL_DATA_OR_SKIP(data);
  size_t repeated = 0;
  for (const auto& folder : conversations(data)) {
    const auto reading = read_conversation(folder);
    ASSERT_TRUE(reading) << folder;
    for (const Vote& vote : reading->conversation.votes) repeated += vote.ordinal > 0;
  }
  EXPECT_GT(repeated, 0U);
}

TEST_F(PolisRealData, What_is_written_is_what_was_read) {
  CIVICLOG_REAL_DATA_OR_SKIP(data);
  for (const auto& folder : conversations(data)) {
    const auto reading = read_conversation(folder);
    ASSERT_TRUE(reading) << folder;
    const Conversation& source = reading->conversation;
    std::vector<Tally> published;
    for (const Statement& statement : source.statements) {
      published.push_back({statement.published_agrees, statement.published_disagrees, 0});
    }
    const auto target = folder_ / folder.filename();
    ASSERT_TRUE(write_conversation(source, published, target));
    const auto again = read_conversation(target);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->conversation, source) << folder;
    EXPECT_THAT(again->warnings, IsEmpty());

    ASSERT_TRUE(write_conversation(source, latest_tallies(source), target, {.overwrite = true}));
    const auto corrected = read_conversation(target);
    ASSERT_TRUE(corrected);
    EXPECT_EQ(corrected->conversation.votes, source.votes) << folder;
    EXPECT_EQ(content_digest(corrected->conversation), content_digest(source)) << folder;
  }
}

TEST_F(PolisRealData, Shuffled_crlf_files_with_a_byte_order_mark_read_the_same) {
  CIVICLOG_REAL_DATA_OR_SKIP(data);
  for (const auto& folder : conversations(data)) {
    const auto expected = read_conversation(folder);
    ASSERT_TRUE(expected) << folder;
    Export other;
    const auto crlf = [&](const char* name) { return "\xef\xbb\xbf" + with(file_text(folder / name), "\n", "\r\n"); };
    other.comments = crlf("comments.csv");
    other.summary = crlf("summary.csv");
    other.matrix = crlf("participants-votes.csv");
    std::istringstream votes(file_text(folder / "votes.csv"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(votes, line);) lines.push_back(line);
    std::shuffle(lines.begin() + 1, lines.end(), std::mt19937(7));
    other.votes.clear();
    for (const auto& line : lines) other.votes += line + ",extra\r\n";
    const auto reading = other.read();
    ASSERT_TRUE(reading) << reading.error().message;
    EXPECT_EQ(reading->conversation, expected->conversation) << folder;
    EXPECT_THAT(reading->warnings, IsEmpty());
  }
}

}  // namespace
}  // namespace civiclog::polis
