#include "storage/manifest_witness.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <rocksdb/status.h>

#include "base/crypto.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "files-seen";
constexpr std::string_view kManifest = "MANIFEST-";

struct Mark {
  uint64_t number = 0;  // In the name of the MANIFEST.
  uint64_t size = 0;

  std::string line() const {
    const std::string text = fmt::format("{}{:06} {}", kManifest, number, size);
    return fmt::format("{} {:08x}\n", text, crc32c(text));
  }
};

std::optional<uint64_t> number_of(std::string_view manifest) {
  if (!manifest.starts_with(kManifest)) return std::nullopt;
  manifest.remove_prefix(kManifest.size());
  uint64_t number = 0;
  const auto [end, failure] = std::from_chars(manifest.data(), manifest.data() + manifest.size(), number);
  if (failure != std::errc() || end != manifest.data() + manifest.size()) return std::nullopt;
  return number;
}

std::optional<Mark> present(const fs::path& directory) {
  std::string name;
  if (!(std::ifstream(directory / "CURRENT") >> name)) return std::nullopt;
  const std::optional<uint64_t> number = number_of(name);
  std::error_code failure;
  const std::uintmax_t size = fs::file_size(directory / name, failure);
  if (!number || failure) return std::nullopt;
  return Mark{*number, size};
}

std::optional<Mark> seen(const fs::path& directory) {
  std::ifstream file(directory / kFile, std::ios::binary);
  std::string line, name;
  Mark mark;
  if (!std::getline(file, line) || !(std::istringstream(line) >> name >> mark.size)) return std::nullopt;
  const std::optional<uint64_t> number = number_of(name);
  if (!number) return std::nullopt;
  mark.number = *number;
  return mark.line() == line + "\n" ? std::optional(mark) : std::nullopt;
}

}  // namespace

Status ManifestWitness::check(const StoreName& name, const std::string& directory) {
  const std::optional<Mark> mark = seen(directory);
  const std::optional<Mark> now = present(directory);
  if (!mark || !now || now->number > mark->number || (now->number == mark->number && now->size >= mark->size)) return {};
  return store_failure(name, directory, rocksdb::Status::Corruption(fmt::format("{}{:06}", kManifest, now->number)));
}

void ManifestWitness::record(const std::string& directory) {
  static std::mutex mutex;  // Flushes and compactions end on several threads; a mark must not go back.
  const std::lock_guard lock(mutex);
  const std::optional<Mark> now = present(directory);
  if (!now) return;
  const std::optional<Mark> before = seen(directory);
  if (before && before->number == now->number && before->size == now->size) return;
  const fs::path fresh = fs::path(directory) / (std::string(kFile) + ".new");
  {
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << now->line();
    if (!file.flush()) return;
  }
  std::error_code ignored;
  fs::rename(fresh, fs::path(directory) / kFile, ignored);
}

}  // namespace civiclog
