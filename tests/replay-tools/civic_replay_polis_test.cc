#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/replay-tools/civic_replay_fixture.h"

// Deliberations go in and out by the verbs.

namespace civiclog {
namespace {

// A conversation of one statement and one vote.
void write_bridge(const fs::path& source, const std::string& vote = "1", const std::string& end = "\n") {
  fs::create_directories(source);
  std::ofstream(source / "comments.csv") << "timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n1500000000000,0,0,0,0,1,Build it" << end;
  std::ofstream(source / "votes.csv") << "timestamp,comment-id,voter-id,vote\n1500000000010,0,0," << vote << end;
  std::ofstream(source / "summary.csv") << "topic,Bridge\n";
}

TEST_F(CivicReplayTest, Import_prints_its_contract_and_a_bad_one_leaves_nothing_behind) {
  const fs::path source = scratch_.path() / "bridge";
  write_bridge(source);
  const fs::path data = scratch_.path() / "record";
  const boost::json::value first = boost::json::parse(run("import polis " + source.string() + " --json --data " + data.string()).out);
  EXPECT_EQ(first.at("slug").as_string(), "bridge");
  EXPECT_EQ(first.at("written").to_number<int64_t>(), first.at("position").to_number<int64_t>());
  const boost::json::value again = boost::json::parse(run("import polis " + source.string() + " --json --data " + data.string()).out);
  EXPECT_EQ(again.at("written").to_number<int64_t>(), 0);
  EXPECT_EQ(run("export polis --topic bridge --data " + data.string() + " " + (scratch_.path() / "out").string()).status, 0);
  EXPECT_EQ(run("export polis --topic bridge --data " + data.string() + " " + (scratch_.path() / "out").string()).status, 1) << "no overwriting";
  write_bridge(source, "2");
  const Ran bad = run("import polis " + source.string() + " --data " + (scratch_.path() / "new").string());
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.out.find((source / "votes.csv").string() + " line 2, column 4 ('vote')"), std::string::npos) << bad.out;
  EXPECT_FALSE(fs::exists(scratch_.path() / "new"));
}

TEST_F(CivicReplayTest, A_file_that_may_have_been_cut_is_imported_with_a_note) {
  const fs::path whole = scratch_.path() / "whole", cut = scratch_.path() / "cut";
  write_bridge(whole);
  write_bridge(cut, "1", "");
  const std::string data = " --data " + (scratch_.path() / "record").string();
  const Ran sound = run("import polis " + whole.string() + " --json" + data);
  ASSERT_EQ(sound.status, 0) << sound.out;
  EXPECT_TRUE(boost::json::parse(sound.out).at("notes").as_array().empty()) << sound.out;
  const Ran odd = run("import polis " + cut.string() + " --json" + data);
  ASSERT_EQ(odd.status, 0) << odd.out;
  std::string notes;
  const boost::json::value answer = boost::json::parse(odd.out.substr(odd.out.find('{')));  // The notes stand before it too.
  for (const auto& note : answer.at("notes").as_array()) notes += std::string(note.as_string()) + "\n";
  EXPECT_NE(notes.find((cut / "comments.csv").string() + " does not end with a line break; if it was cut, its last text may be incomplete\n"),
            std::string::npos) << notes;
  EXPECT_NE(notes.find((cut / "votes.csv").string() + " does not end with a line break; if it was cut, its last row may be incomplete\n"),
            std::string::npos) << notes;
  EXPECT_NE(run("import polis " + cut.string() + data).out.find("note: " + (cut / "comments.csv").string()), std::string::npos);
}

TEST_F(CivicReplayTest, Another_secrecy_for_what_was_imported_before_is_refused_as_that) {
  write_bridge(scratch_.path() / "bridge");
  const std::string import = "import polis " + (scratch_.path() / "bridge").string() + " --data " + (scratch_.path() / "record").string();
  ASSERT_EQ(run(import).status, 0);
  const Ran ran = run(import + " --secrecy pseudonymous");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("another secrecy: its box is open, not pseudonymous"), std::string::npos) << ran.out;
  EXPECT_EQ(run(import + " --secrecy open").status, 0);
}

TEST_F(CivicReplayTest, A_slug_that_looks_like_an_id_is_found) {
  write_bridge(scratch_.path() / "bridge");
  const std::string slug = "01234567-89ab-8def-8123-456789abcdef";
  const std::string data = " --data " + (scratch_.path() / "record").string();
  ASSERT_EQ(run("import polis " + (scratch_.path() / "bridge").string() + " --slug " + slug + data).status, 0);
  const Ran counted = run("tally --json --topic " + slug + data);
  ASSERT_EQ(counted.status, 0) << counted.out;
  EXPECT_EQ(boost::json::parse(counted.out).at("votes").to_number<int64_t>(), 1);
  EXPECT_FALSE(run("log --topic " + slug + data).out.empty());
  EXPECT_EQ(run("export polis --topic " + slug + data + " " + (scratch_.path() / "out").string()).status, 0);
}

TEST_F(CivicReplayTest, Export_writes_nowhere_in_over_or_around_a_data_directory) {
  const fs::path data = copy();
  const fs::path other = scratch_.path() / "folder" / "deep" / "other";
  fs::create_directories(other.parent_path());
  ASSERT_EQ(run("init --data " + other.string()).status, 0);
  fs::create_directory_symlink(data, scratch_.path() / "link");
  const fs::path broken = scratch_.path() / "broken";
  fs::copy(other, broken, fs::copy_options::recursive);
  fs::remove(broken / "civiclog");
  const std::string exporting = "export polis --overwrite --topic tram --data " + data.string() + " ";
  for (const fs::path& out : {data, data / "log", data / "new" / "folder", scratch_.path(), scratch_.path() / "folder", other,
                              other / "views", scratch_.path() / "link" / "vault", broken, data / "log" / ".." / "x", fs::relative(data)}) {
    const Ran ran = run(exporting + out.string());
    EXPECT_EQ(ran.status, 1) << out << ": " << ran.out;
    EXPECT_NE(ran.out.find("name a folder of its own"), std::string::npos) << ran.out;
    EXPECT_FALSE(fs::exists(out / "comments.csv")) << out;
  }
  EXPECT_FALSE(fs::exists(data / "new"));
  // A folder beside, and one whose neighbour has the name of the format file.
  fs::create_directory(scratch_.path() / "civiclog");
  EXPECT_EQ(run(exporting + (scratch_.path() / "out").string()).status, 0);
  EXPECT_EQ(run(exporting + (scratch_.path() / "out").string()).status, 0) << "over files of its own";
  EXPECT_EQ(run("verify --data " + data.string()).status, 0);
}

TEST_F(CivicReplayTest, Other_content_under_an_imported_slug_or_an_impossible_slug_is_refused_with_nothing_written) {
  const fs::path source = scratch_.path() / "bridge";
  const std::string data = " --data " + (scratch_.path() / "record").string();
  write_bridge(source);
  EXPECT_EQ(run("import polis " + source.string() + " --slug 'a b'" + data).status, 1);
  EXPECT_FALSE(fs::exists(scratch_.path() / "record"));
  ASSERT_EQ(run("import polis " + source.string() + data).status, 0);
  const std::string before = run("log --format hex" + data).out;
  write_bridge(source, "-1");
  const Ran other = run("import polis " + source.string() + data);
  EXPECT_EQ(other.status, 1) << other.out;
  EXPECT_NE(other.out.find("--slug"), std::string::npos) << other.out;
  EXPECT_EQ(run("log --format hex" + data).out, before);
}

TEST(CivicReplay, A_box_under_embargo_is_not_exported) {
  const ScratchDirectory scratch;
  const Ran ran = read("export polis --topic night-buses " + (scratch.path() / "out").string());
  EXPECT_EQ(ran.status, 1) << ran.out;
  EXPECT_NE(ran.out.find("embargo"), std::string::npos) << ran.out;
  EXPECT_EQ(read("export polis --topic market-square " + (scratch.path() / "out").string()).status, 0);
}

}  // namespace
}  // namespace civiclog
