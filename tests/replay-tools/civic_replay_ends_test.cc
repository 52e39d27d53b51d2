#include <algorithm>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/replay-tools/civic_replay_fixture.h"
#include "tests/support/child_process.h"

// How the tool ends when nobody reads, when there is no place, and when it is told to: what was recorded stays whole, nothing temporary is left,
// and the same call again does the rest.

namespace civiclog {
namespace {

// Through the shell, with the tool as $TOOL and temporary files below $TMPDIR.
class CivicReplayEndsTest : public CivicReplayTest {
 protected:
  CivicReplayEndsTest() { fs::create_directory(temporary()); }
  fs::path temporary() const { return scratch_.path() / "temporary"; }
  fs::path data() const { return scratch_.path() / "made"; }

  Ran shell(const std::string& script) {
    std::ofstream(scratch_.path() / "script") << "export TMPDIR=" << temporary().string() << " TOOL=" << CIVIC_REPLAY_PATH << " DATA="
                                              << data().string() << " EXAMPLE=" << example().string() << "\ncd "
                                              << scratch_.path().string() << "\n" << script << "\n";
    ChildProcess child(scratch_.path(), "/bin/bash", {(scratch_.path() / "script").string()});
    Ran ran;
    ran.status = child.wait(std::chrono::seconds(120));
    ran.out = child.out() + child.error();
    return ran;
  }
  void expect_nothing_left() const { EXPECT_TRUE(fs::is_empty(temporary())); }
};

TEST_F(CivicReplayEndsTest, A_reader_who_has_seen_enough_leaves_nothing_behind_and_hears_no_complaint) {
  const Ran ran = shell("$TOOL log --data $EXAMPLE --format hex --limit 100000 | head -c 5 > /dev/null; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(ran.out, "1\n");
  expect_nothing_left();
}

TEST_F(CivicReplayEndsTest, Without_standard_descriptors_nothing_is_printed_into_the_record) {
  const Ran ran = shell("$TOOL example --data $DATA --participants 30 --ends-at 2026-10-01T12:00:00Z <&- >&- 2>&-; echo $?\n"
                        "$TOOL verify --data $DATA > /dev/null; echo $?\n"
                        "$TOOL example --data $DATA --participants 30 --ends-at 2026-10-01T12:00:00Z --quiet | grep -c '0 events written'");
  EXPECT_EQ(ran.out, "1\n0\n1\n") << "the work is done, and that it could not be said is the exit status";
  const Ran closed = shell("$TOOL log --data $EXAMPLE >&-; echo $?");
  EXPECT_EQ(closed.out, "1\ncivic-replay: the output could not be written: Bad file descriptor\n");
  expect_nothing_left();
}

TEST_F(CivicReplayEndsTest, A_file_at_its_limit_is_an_error_and_the_next_run_goes_on) {
  const std::string make = "$TOOL example --data $DATA --participants 400 --ends-at 2026-10-01T12:00:00Z --quiet";
  const Ran ran = shell("(ulimit -f 200; " + make + "; echo $?)");
  EXPECT_TRUE(ran.out.starts_with("1\n")) << ran.out;
  EXPECT_NE(ran.out.find("File too large"), std::string::npos) << ran.out;
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2) << ran.out;
  EXPECT_EQ(shell("$TOOL verify --data $DATA").status, 0);
  EXPECT_EQ(shell(make).status, 0);
  EXPECT_EQ(shell("$TOOL verify --data $DATA").status, 0);
}

TEST_F(CivicReplayEndsTest, An_interrupted_reader_says_so_and_removes_what_was_temporary) {
  const Ran ran = shell("mkfifo pipe\n"
                        "$TOOL log --data $EXAMPLE --format hex --limit 100000 > pipe & tool=$!\n"
                        "exec 3< pipe\n"
                        "head -c 1000 <&3 > /dev/null\n"
                        "ls $TMPDIR | wc -l\n"
                        "kill -TERM $tool; wait $tool; echo $?");
  EXPECT_TRUE(ran.out.starts_with("1\n143\n")) << ran.out;
  EXPECT_NE(ran.out.find("civic-replay: interrupted before it was done"), std::string::npos) << ran.out;
  expect_nothing_left();
}

TEST_F(CivicReplayEndsTest, An_interrupted_import_goes_on_where_it_stopped) {
  ASSERT_EQ(run("export polis --topic tram --data " + example().string() + " " + (scratch_.path() / "tram").string()).status, 0);
  const Ran ran = shell("set -m\n"
                        "for delay in 0 0.05 0.1 0.2 0.3; do\n"
                        "  $TOOL import polis tram --data $DATA --json --quiet > /dev/null 2>&1 & tool=$!\n"
                        "  sleep $delay; kill -INT $tool 2> /dev/null; wait $tool\n"
                        "  status=$?\n"
                        "  if [ -e $DATA/civiclog ]; then $TOOL verify --data $DATA > /dev/null || echo broken after $delay; else rm -rf $DATA; fi\n"
                        "done 2> /dev/null\n"
                        "$TOOL import polis tram --data $DATA --json --quiet > again.json && $TOOL verify --data $DATA > /dev/null && echo whole\n"
                        "$TOOL export polis --topic tram --data $DATA out > /dev/null && diff -r tram out && echo same");
  EXPECT_EQ(ran.out, "whole\nsame\n");
  expect_nothing_left();
}

TEST_F(CivicReplayEndsTest, Without_a_place_for_temporary_files_it_says_what_to_set) {
  const Ran missing = shell("TMPDIR=/nonexistent $TOOL log --data $EXAMPLE; echo $?");
  EXPECT_TRUE(missing.out.starts_with("1\ncivic-replay: there is no directory for temporary files")) << missing.out;
  EXPECT_NE(missing.out.find("set TMPDIR"), std::string::npos);
  const Ran unwritable = shell("TMPDIR=/proc $TOOL log --data $EXAMPLE; echo $?");
  EXPECT_TRUE(unwritable.out.starts_with("1\ncivic-replay: cannot make the temporary directory /proc/")) << unwritable.out;
}

}  // namespace
}  // namespace civiclog
