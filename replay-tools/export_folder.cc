#include "replay-tools/export_folder.h"

#include <system_error>

#include <fmt/format.h>

#include "installation/data_directory.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

// Also one of another format, or whose format file is damaged or lost: it is somebody's record all the same.
bool is_data_directory(const fs::path& directory) {
  if (DataDirectory::find(directory)) return true;
  std::error_code ignored;
  return fs::is_directory(directory / "log", ignored) && fs::is_directory(directory / "vault", ignored);
}

Error refusal(const fs::path& folder, const char* relation, const fs::path& data) {
  return invalid_argument(fmt::format("{} {} the data directory {}; name a folder of its own for the files", folder.string(), relation,
                                      data.string()));
}

Error not_looked_at(const fs::path& folder, const std::error_code& error) {
  return io_error(fmt::format("the folder {} cannot be looked at: {}", folder.string(), error.message()));
}

Status check_inside(const fs::path& folder, const fs::path& full) {
  std::error_code error;
  if (!fs::is_directory(full, error)) return {};
  size_t entries = 0;
  fs::recursive_directory_iterator at(full, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (++entries > kMaxExportFolderEntries) {
      return invalid_argument(fmt::format("{} has more than {} files and folders in it; name a folder of its own for the export",
                                          folder.string(), kMaxExportFolderEntries));
    }
    std::error_code gone;
    if (at->is_symlink(gone) || !at->is_directory(gone)) continue;
    if (is_data_directory(at->path())) return refusal(folder, "contains", at->path());
  }
  if (error) return not_looked_at(folder, error);
  return {};
}

}  // namespace

Status check_export_folder(const fs::path& folder) {
  std::error_code error;
  const fs::path full = fs::weakly_canonical(fs::absolute(folder, error), error);
  if (error) return not_looked_at(folder, error);
  if (is_data_directory(full)) return refusal(folder, "is", full);
  for (fs::path above = full; above.has_relative_path();) {
    above = above.parent_path();
    if (is_data_directory(above)) return refusal(folder, "lies within", above);
  }
  return check_inside(folder, full);
}

}  // namespace civiclog
