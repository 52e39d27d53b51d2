#include "replay-tools/polis_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay-tools/polis_reader.h"
#include "tests/replay-tools/polis_fixture.h"

namespace civiclog::polis {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kFiles[] = {"comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"};

using PolisWriter = FolderTest;
using PolisFolder = FolderTest;

Status write(const Conversation& conversation, const std::filesystem::path& folder, WriteOptions options = {}) {
  return write_conversation(conversation, latest_tallies(conversation), folder, options);
}

TEST_F(PolisWriter, An_export_has_the_headers_and_the_order_of_the_published_ones) {
  ASSERT_TRUE(write(Export().read()->conversation, folder_ / "new" / "folder"));
  const auto text = [&](const char* name) { return file_text(folder_ / "new" / "folder" / name); };
  EXPECT_EQ(text("comments.csv"),
            "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
            "1500000000000,2017-07-14T02:40:00.000Z,0,0,1,1,1,Build the bridge\n"
            "1500000000050,2017-07-14T02:40:00.050Z,2,0,0,0,0,\n"
            "1500000000100,2017-07-14T02:40:00.100Z,4,7,1,0,-1,\"Two lines,\nand a comma\"\n");
  EXPECT_EQ(text("votes.csv"),
            "timestamp,datetime,comment-id,voter-id,vote\n"
            "1500000000010,2017-07-14T02:40:00.010Z,0,0,1\n"
            "1500000000500,2017-07-14T02:40:00.500Z,0,7,1\n"
            "1500000000900,2017-07-14T02:40:00.900Z,0,7,-1\n"
            "1500000000900,2017-07-14T02:40:00.900Z,0,9,0\n"
            "1500000000120,2017-07-14T02:40:00.120Z,4,7,1\n");
  EXPECT_EQ(text("participants-votes.csv"),
            "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,4\n"
            "0,,2,1,1,0,1,\n"
            "7,,1,2,1,1,-1,1\n"
            "9,,0,1,0,0,0,\n");
  EXPECT_EQ(text("summary.csv"), "topic,\"A bridge, or not\"\nurl,https://example.org/1\nviews,12\n");
}

TEST_F(PolisWriter, Existing_files_are_replaced_only_on_demand) {
  Export source;
  ASSERT_TRUE(write(source.read()->conversation, folder_));
  const std::string before = file_text(folder_ / "summary.csv");
  source.summary = "topic,Another\n";
  const auto refused = write(source.read()->conversation, folder_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("comments.csv exists already; name another folder or ask to overwrite"));
  EXPECT_EQ(file_text(folder_ / "summary.csv"), before);
  ASSERT_TRUE(write(source.read()->conversation, folder_, {.overwrite = true}));
  EXPECT_EQ(file_text(folder_ / "summary.csv"), "topic,Another\n");
}

TEST_F(PolisWriter, One_file_in_the_way_keeps_all_from_being_written) {
  std::ofstream(folder_ / "summary.csv") << "mine";
  ASSERT_FALSE(write(Export().read()->conversation, folder_));
  EXPECT_EQ(file_text(folder_ / "summary.csv"), "mine");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(PolisWriter, A_failure_leaves_old_files_whole_and_no_partial_ones) {
  ASSERT_TRUE(write(Export().read()->conversation, folder_));
  const std::string before = file_text(folder_ / "comments.csv");
  std::filesystem::create_directory(folder_ / "summary.csv.partial");  // The last file cannot be opened.
  Export source;
  source.comments = with(source.comments, "Build", "Mend");
  const auto failed = write(source.read()->conversation, folder_, {.overwrite = true});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_EQ(file_text(folder_ / "comments.csv"), before);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "comments.csv.partial"));
}

TEST_F(PolisWriter, A_full_disk_is_an_io_error) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "skipped: this system has no /dev/full";
  std::filesystem::create_symlink("/dev/full", folder_ / "votes.csv.partial");
  const auto failed = write(Export().read()->conversation, folder_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "comments.csv"));
}

TEST_F(PolisWriter, A_file_in_the_place_of_the_folder_is_refused) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_EQ(write(Export().read()->conversation, folder_ / "file").error().code, ErrorCode::kIo);
}

TEST_F(PolisWriter, What_could_not_be_read_back_is_not_written) {
  Conversation conversation = Export().read()->conversation;
  conversation.statements[0].body = "\xff";
  EXPECT_EQ(write(conversation, folder_).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::string body() {
    static const std::vector<std::string> kPieces = {
        "\xf0\x9f\x97\xb3\xef\xb8\x8f", "\xe4\xb8\xad\xe6\x96\x87", "e\xcc\x81", "\xc3\xa9", "\n", "\r", "\r\n", "\"", "\"\"",
        ",", " ", "\t", "=1+1", "+", "-", "@SUM(A1)", "'", "plain words", "\xef\xbb\xbf", "\xe2\x80\xa8", "\x7f", "\x01", ";"};
    std::string text;
    for (size_t pieces = below(7); pieces > 0; --pieces) text += kPieces[below(kPieces.size())];
    return text;
  }

  Conversation conversation() {
    Conversation made;
    int64_t id = 0;
    const size_t statements = below(8) + 1;
    for (size_t i = 0; i < statements; ++i, id += 1 + static_cast<int64_t>(below(3))) {
      made.statements.push_back({.id = id,
                                 .author = static_cast<int64_t>(below(6)),
                                 .created = {1'500'000'000'000 + static_cast<int64_t>(below(5))},
                                 .moderated = static_cast<Moderation>(static_cast<int>(below(3)) - 1),
                                 .published_agrees = 0,
                                 .published_disagrees = 0,
                                 .body = body()});
    }
    for (size_t votes = below(60); votes > 0; --votes) {
      made.votes.push_back({.time = {1'500'000'000'005 + static_cast<int64_t>(below(40))},
                            .statement = made.statements[below(statements)].id,
                            .voter = static_cast<int64_t>(below(5)) * 3,
                            .ordinal = 0,
                            .choice = static_cast<Choice>(static_cast<int>(below(3)) - 1)});
    }
    for (size_t rows = below(4) + 1; rows > 0; --rows) made.summary.push_back({"key " + std::to_string(rows) + body(), body()});
    sort_conversation(made);
    const auto tallies = latest_tallies(made);
    for (size_t i = 0; i < statements; ++i) {
      made.statements[i].published_agrees = tallies[i].agrees;
      made.statements[i].published_disagrees = tallies[i].disagrees;
    }
    return made;
  }

  template <typename T>
  void shuffle(std::vector<T>& rows) {
    std::shuffle(rows.begin(), rows.end(), random_);
  }

 private:
  std::mt19937 random_;
};

TEST_F(PolisFolder, Written_read_and_written_again_is_the_same_to_the_byte) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::cout << "seed " << seed << "\n";
  Generator generate(seed);
  for (int round = 0; round < 150; ++round) {
    const Conversation made = generate.conversation();
    ASSERT_TRUE(validate(made)) << validate(made).error().message;
    ASSERT_TRUE(write(made, folder_ / "first", {.overwrite = true}));
    const auto reading = read_conversation(folder_ / "first");
    ASSERT_TRUE(reading) << reading.error().message;
    ASSERT_EQ(reading->conversation, made);
    for (const auto& warning : reading->warnings) ASSERT_THAT(warning, HasSubstr("different choices"));
    ASSERT_EQ(content_digest(reading->conversation), content_digest(made));
    ASSERT_TRUE(write(reading->conversation, folder_ / "second", {.overwrite = true}));
    for (const char* name : kFiles) ASSERT_EQ(file_text(folder_ / "first" / name), file_text(folder_ / "second" / name));
  }
}

TEST_F(PolisFolder, The_order_of_rows_leaves_no_trace) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::cout << "seed " << seed << "\n";
  Generator generate(seed);
  for (int round = 0; round < 300; ++round) {
    Conversation made = generate.conversation();
    // Without different choices in one millisecond, whose order only the file tells.
    auto& votes = made.votes;
    votes.erase(std::unique(votes.begin(), votes.end(),
                            [](const Vote& a, const Vote& b) {
                              return a.time == b.time && a.statement == b.statement && a.voter == b.voter && a.choice != b.choice;
                            }),
                votes.end());
    sort_conversation(made);
    Conversation shuffled = made;
    generate.shuffle(shuffled.statements);
    generate.shuffle(shuffled.votes);
    sort_conversation(shuffled);
    ASSERT_EQ(shuffled, made);
  }
}

TEST_F(PolisFolder, A_folder_that_is_no_export_is_refused_with_a_reason) {
  const auto error = [&] { return read_conversation(folder_).error().message; };
  EXPECT_THAT(read_conversation(folder_ / "gone").error().message, HasSubstr("is not a folder"));
  EXPECT_THAT(error(), HasSubstr("there is no comments.csv in"));
  const Export source;
  std::ofstream(folder_ / "comments.csv") << source.comments;
  EXPECT_THAT(error(), HasSubstr("there is no votes.csv in"));
  std::ofstream(folder_ / "votes.csv") << source.votes;
  std::filesystem::create_directory(folder_ / "summary.csv");
  EXPECT_THAT(error(), HasSubstr("summary.csv is a directory; expected a CSV file"));
  std::filesystem::remove(folder_ / "summary.csv");
  std::ofstream(folder_ / "summary.csv") << source.summary;
  EXPECT_TRUE(read_conversation(folder_));  // The matrix is derived and may be missing.
  std::filesystem::create_symlink(folder_ / "nowhere", folder_ / "participants-votes.csv");
  EXPECT_THAT(error(), HasSubstr("participants-votes.csv"));  // But not broken.
  std::filesystem::remove(folder_ / "participants-votes.csv");
  std::ofstream(folder_ / "participants-votes.csv") << source.matrix;
  EXPECT_TRUE(read_conversation(folder_));
}

TEST_F(PolisFolder, A_file_without_permission_is_refused_with_the_reason) {
  if (::geteuid() == 0) GTEST_SKIP() << "skipped: root may read every file";
  const Export source;
  std::ofstream(folder_ / "comments.csv") << source.comments;
  ASSERT_EQ(::chmod((folder_ / "comments.csv").c_str(), 0), 0);
  EXPECT_THAT(read_conversation(folder_).error().message, HasSubstr("comments.csv cannot be read: Permission denied"));
}

TEST_F(PolisFolder, A_line_of_a_gigabyte_is_refused_at_once) {
  const Export source;
  std::ofstream(folder_ / "comments.csv") << source.comments;
  std::ofstream(folder_ / "summary.csv") << source.summary;
  std::ofstream(folder_ / "votes.csv") << source.votes << "15";
  std::filesystem::resize_file(folder_ / "votes.csv", size_t{1} << 30);  // Sparse, so all NUL.
  EXPECT_THAT(read_conversation(folder_).error().message, HasSubstr((folder_ / "votes.csv").string() + " line 7: a NUL byte"));
}

TEST_F(PolisFolder, Messages_name_each_file_with_its_folder_as_it_was_given) {
  const auto write = [&](const Export& files) {
    std::ofstream(folder_ / "comments.csv") << files.comments;
    std::ofstream(folder_ / "votes.csv") << files.votes;
    std::ofstream(folder_ / "summary.csv") << files.summary;
    std::ofstream(folder_ / "participants-votes.csv") << files.matrix;
  };
  const auto error = [&](const Export& files) {
    write(files);
    const auto reading = read_conversation(std::filesystem::relative(folder_) / "");
    return reading ? std::string() : reading.error().message;
  };
  const std::string folder = (std::filesystem::relative(folder_) / "").string();
  Export comments, votes, summary, matrix, odd;
  comments.comments = with(comments.comments, "1500000000050", "soon");
  votes.votes = with(votes.votes, "0,9,0\n", "0,9,2\n");
  summary.summary.clear();
  matrix.matrix = with(matrix.matrix, "9,,0", "7,,0");
  EXPECT_TRUE(error(comments).starts_with(folder + "comments.csv line 5, column 1 ('timestamp'): ")) << error(comments);
  EXPECT_TRUE(error(votes).starts_with(folder + "votes.csv line 5, column 5 ('vote'): ")) << error(votes);
  EXPECT_TRUE(error(summary).starts_with(folder + "summary.csv is empty")) << error(summary);
  EXPECT_TRUE(error(matrix).starts_with(folder + "participants-votes.csv line 4, column 1 ('participant'): ")) << error(matrix);
  odd.comments.pop_back();
  odd.matrix = with(odd.matrix, "-1,1\n", "1,1\n");
  write(odd);
  const auto reading = read_conversation(folder_);
  ASSERT_TRUE(reading) << reading.error().message;
  ASSERT_EQ(reading->warnings.size(), 2u);
  for (const std::string& warning : reading->warnings) EXPECT_TRUE(warning.starts_with(folder_.string() + "/")) << warning;
}

}  // namespace
}  // namespace civiclog::polis
