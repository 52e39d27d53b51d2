#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

// A folder of this process's own on the machine's temporary storage. It is gone with the object, and with the process when that is
// interrupted (interruption.h).
//
// One thread per object; remove_all() from any.

namespace civiclog {

class ScratchFolder {
 public:
  static Result<ScratchFolder> make();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();

  const std::filesystem::path& path() const { return path_; }

  // Those of all objects there are, just before the process ends.
  static void remove_all();

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace civiclog
