#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "replay-tools/polis_reader.h"

// A small export held in memory, to be spoiled one file at a time, and a folder that is gone after the test.

namespace civiclog::polis {

struct Export {
  std::string comments =
      "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
      "1500000000000,x,0,0,2,0,1,Build the bridge\n"
      "1500000000100,x,4,7,1,0,-1,\"Two lines,\nand a comma\"\n"
      "1500000000050,x,2,0,0,1,0,\n";
  std::string votes =
      "timestamp,datetime,comment-id,voter-id,vote\n"
      "1500000000010,x,0,0,1\n"
      "1500000000500,x,0,7,1\n"
      "1500000000900,x,0,7,-1\n"
      "1500000000900,x,0,9,0\n"
      "1500000000120,x,4,7,1\n";
  std::string summary = "topic,\"A bridge, or not\"\nurl,https://example.org/1\nviews,12\n";
  std::string matrix =
      "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,4\n"
      "0,,2,1,1,0,1,\n"
      "7,1,1,2,1,1,-1,1\n"
      "9,,0,1,0,0,0,\n";

  Result<Reading> read() const {
    MemorySource comments_source(comments);
    MemorySource votes_source(votes);
    MemorySource summary_source(summary);
    MemorySource matrix_source(matrix);
    return read_conversation({comments_source, votes_source, summary_source, matrix.empty() ? nullptr : &matrix_source});
  }
};

// The file of an export as text, with every occurrence of `from` (there must be one) made `to`.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class FolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "polis-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

}  // namespace civiclog::polis
