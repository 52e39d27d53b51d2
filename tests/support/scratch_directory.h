#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"

// A directory of a test's own, gone with it.

namespace civiclog {

class ScratchDirectory {
 public:
  ScratchDirectory() : path_(std::filesystem::temp_directory_path() / ("civiclog-test-" + to_hex(view(random_array<8>())))) {
    CHECK(std::filesystem::create_directory(path_));
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace civiclog
