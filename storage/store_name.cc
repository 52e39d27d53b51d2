#include "storage/store_name.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rocksdb/status.h>

namespace civiclog {
namespace {

constexpr size_t kMaxNamedFiles = 3;

// RocksDB names files with their paths, in sentences of its own. It looks for a missing table file also under the ending of its
// early versions, and suspects the list of files when a table file is at fault.
std::set<std::string> files_in(std::string_view reason) {
  constexpr std::string_view kEnds = " /:\"'\n,;()";
  constexpr std::string_view kOldEnding = ".ldb";
  std::set<std::string> tables, others;
  for (size_t at = 0; at < reason.size();) {
    const size_t end = std::min(reason.find_first_of(kEnds, at), reason.size());
    std::string_view token = reason.substr(at, end - at);
    at = end + 1;
    while (token.ends_with('.')) token.remove_suffix(1);
    if (token.size() <= kOldEnding.size()) continue;
    if (token.ends_with(".sst")) tables.emplace(token);
    if (token.ends_with(kOldEnding)) tables.insert(std::string(token.substr(0, token.size() - kOldEnding.size())) + ".sst");
    if (token == "CURRENT" || token.starts_with("MANIFEST-") || token.ends_with(".log")) others.emplace(token);
  }
  return tables.empty() ? others : tables;
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  while (text.ends_with(' ') || text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

Error store_failure(const StoreName& name, const std::string& directory, const rocksdb::Status& status) {
  const std::string reason = one_line(status.ToString());
  const bool gone = status.IsPathNotFound() || reason.find("No such file") != std::string::npos;
  if (!status.IsCorruption() && !gone) {
    return io_error(fmt::format("{} in {} cannot be read or written: see to the disk and its permissions, then start again ({}).",
                                name.what, directory, reason));
  }
  std::set<std::string> files = files_in(reason);
  while (files.size() > kMaxNamedFiles) files.erase(std::prev(files.end()));
  const std::string which = files.empty() ? fmt::format("its files do not fit together ({})", reason)
                                          : fmt::format("{} missing, cut off or damaged",
                                                        files.size() == 1 ? fmt::format("its file {} is", *files.begin())
                                                                          : fmt::format("its files {} are", fmt::join(files, ", ")));
  return {ErrorCode::kCorrupt, fmt::format("{} in {} cannot be used, {}: {}.", name.what, directory, which, name.remedy),
          kDamagedFiles};
}

}  // namespace civiclog
