#pragma once

#include <filesystem>
#include <memory>

#include "installation/data_directory.h"
#include "tests/support/scratch_directory.h"

// The record of a generated country (replay-tools/country.h): what reading, building and verifying is measured on. Made on first
// use and once per run, in a directory of its own (TMPDIR says where) that goes with it. One thread.

namespace civiclog {

struct MadeRecord {
  ScratchDirectory scratch;
  uint64_t events = 0;  // The log's head.
  double seconds = 0;   // That making the log took, without read models.
  double cpu_seconds = 0;

  std::filesystem::path path() const { return scratch.path() / "data"; }
  DataDirectory data() const;
};

class SharedRecord {
 public:
  explicit SharedRecord(bool tiny) : tiny_(tiny) {}

  // Log, words and read models, and nobody has it open.
  const MadeRecord& get();

 private:
  const bool tiny_;
  std::unique_ptr<MadeRecord> made_;
};

}  // namespace civiclog
