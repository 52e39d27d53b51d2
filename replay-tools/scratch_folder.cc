#include "replay-tools/scratch_folder.h"

#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/crypto.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

struct Present {
  std::mutex mutex;
  std::set<fs::path> folders;  // Guarded by mutex.
};

// Never destroyed: an interruption may come while the process ends.
Present& present() {
  static Present& once = *new Present;
  return once;
}

void remove_tree(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make() {
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  if (error) return io_error(fmt::format("there is no directory for temporary files ({}); set TMPDIR to one", error.message()));
  const fs::path folder = temporary / ("civic-replay-" + to_hex(view(random_array<8>())));
  const std::lock_guard lock(present().mutex);
  if (!fs::create_directory(folder, error)) {
    return io_error(fmt::format("cannot make the temporary directory {}: {}; set TMPDIR to a place for it", folder.string(), error.message()));
  }
  present().folders.insert(folder);
  return ScratchFolder(folder);
}

ScratchFolder::~ScratchFolder() {
  if (path_.empty()) return;
  const std::lock_guard lock(present().mutex);
  present().folders.erase(path_);
  remove_tree(path_);
}

void ScratchFolder::remove_all() {
  const std::lock_guard lock(present().mutex);
  for (const fs::path& folder : present().folders) remove_tree(folder);
}

}  // namespace civiclog
