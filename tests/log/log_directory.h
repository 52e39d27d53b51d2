#pragma once

#include <filesystem>
#include <memory>

#include "events/rocks_log.h"
#include "tests/log/conformance.h"
#include "tests/support/scratch_directory.h"

// What the tests of RocksLog share.

namespace civiclog {

// A directory for one test's log, gone with it. The log itself is one level below.
class LogDirectory {
 public:
  std::filesystem::path path() const { return scratch_.path() / "log"; }
  const std::filesystem::path& root() const { return scratch_.path(); }

 private:
  ScratchDirectory scratch_;
};

LogId new_log_id();
// Fail the test, and give nullptr, when the log cannot be created or opened.
std::unique_ptr<RocksLog> must_create(const std::filesystem::path& path, RocksLogOptions options = {});
std::unique_ptr<RocksLog> must_open(const std::filesystem::path& path, RocksLogOptions options = {});
// The refusal; fails the test when there is none.
Error refusal_of(const std::filesystem::path& path, RocksLogOptions options = {});
// Fails the test for each finding.
void expect_sound(const RocksLog& log);

}  // namespace civiclog
