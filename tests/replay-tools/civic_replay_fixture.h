#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/scratch_directory.h"

// The real binary, as a person or a script runs it.

namespace civiclog {

namespace fs = std::filesystem;

struct Ran {
  int status = -1;
  std::string out;  // Standard output, and standard error behind it.
};

inline Ran run(const std::string& arguments) {
  Ran ran;
  const std::string command = std::string(CIVIC_REPLAY_PATH) + " " + arguments + " 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) ran.out.append(buffer.data(), size);
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

// One example deliberation for all tests that only read it.
inline const fs::path& example() {
  static const ScratchDirectory scratch;
  static const fs::path path = [] {
    const fs::path data = scratch.path() / "data";
    const Ran made = run("example --data " + data.string() + " --participants 40 --ends-at 2026-10-01T12:00:00Z");
    EXPECT_EQ(made.status, 0) << made.out;
    return data;
  }();
  return path;
}

inline Ran read(const std::string& verb_and_options) { return run(verb_and_options + " --data " + example().string()); }

class CivicReplayTest : public testing::Test {
 protected:
  // A copy of the example to be spoiled.
  fs::path copy() {
    const fs::path to = scratch_.path() / "data";
    fs::copy(example(), to, fs::copy_options::recursive);
    return to;
  }
  ScratchDirectory scratch_;
};

}  // namespace civiclog
