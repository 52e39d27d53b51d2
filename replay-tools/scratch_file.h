#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.h"

// A file without a name: for what does not fit in memory and is not to outlive the process, however that ends. One thread.

namespace civiclog {

class ScratchFile {
 public:
  // In `directory`, which decides whose disk is used. kIo.
  static Result<std::unique_ptr<ScratchFile>> create(const std::filesystem::path& directory);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  Status append(const void* bytes, size_t count);
  // Exactly `count` bytes, which must have been appended.
  Status read(uint64_t offset, void* bytes, size_t count) const;
  uint64_t size() const { return size_; }

 private:
  ScratchFile(int descriptor, std::filesystem::path directory) : descriptor_(descriptor), directory_(std::move(directory)) {}

  const int descriptor_;
  const std::filesystem::path directory_;
  uint64_t size_ = 0;
};

}  // namespace civiclog
