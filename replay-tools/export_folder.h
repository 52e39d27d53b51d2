#pragma once

#include <cstddef>
#include <filesystem>

#include "base/result.h"

// Where files may be exported to: anywhere but in, over or around the data of an installation.

namespace civiclog {

// How far a folder is looked through for installations inside it, in entries of all its folders. A folder that holds more is
// nobody's export.
inline constexpr size_t kMaxExportFolderEntries = 100'000;

// Refuses a folder that is a data directory, lies within one, or contains one, with or without a valid format file in it; links in
// the path are followed, links inside the folder are not. The folder need not exist. kInvalidArgument, or kIo when it cannot be
// looked at.
Status check_export_folder(const std::filesystem::path& folder);

}  // namespace civiclog
