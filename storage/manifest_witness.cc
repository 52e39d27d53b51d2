#include "storage/manifest_witness.h"

#include <charconv>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <rocksdb/env.h>

#include "base/crypto.h"

namespace civiclog {
namespace {

constexpr const char* kFile = "/files-seen";
constexpr const char* kFileNew = "/files-seen.new";
constexpr std::string_view kManifest = "MANIFEST-";

struct Mark {
  uint64_t number = 0;  // In the name of the MANIFEST.
  uint64_t size = 0;
  std::optional<uint32_t> checksum;

  std::string name() const { return fmt::format("{}{:06}", kManifest, number); }
  std::string line() const {
    std::string text = fmt::format("{} {}", name(), size);
    if (checksum) text += fmt::format(" {:08x}", *checksum);
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

std::optional<std::string> read_file(const std::string& path, rocksdb::Env& env) {
  std::string bytes;
  return rocksdb::ReadFileToString(&env, path, &bytes).ok() ? std::optional(std::move(bytes)) : std::nullopt;
}

std::optional<uint64_t> present(const std::string& directory, rocksdb::Env& env) {
  std::optional<std::string> current = read_file(directory + "/CURRENT", env);
  if (!current || !current->ends_with('\n')) return std::nullopt;
  current->pop_back();
  return number_of(*current);
}

std::optional<Mark> seen(const std::string& directory, rocksdb::Env& env) {
  const std::optional<std::string> line = read_file(directory + kFile, env);
  if (!line) return std::nullopt;
  std::istringstream in(*line);
  std::vector<std::string> words;
  for (std::string word; words.size() < 5 && in >> word;) words.push_back(std::move(word));
  if (words.size() != 3 && words.size() != 4) return std::nullopt;
  const std::optional<uint64_t> number = number_of(words[0]);
  if (!number) return std::nullopt;
  Mark mark{*number, std::strtoull(words[1].c_str(), nullptr, 10), {}};
  if (words.size() == 4) mark.checksum = static_cast<uint32_t>(std::strtoul(words[2].c_str(), nullptr, 16));
  return mark.line() == *line ? std::optional(mark) : std::nullopt;
}

// What this process must know of all stores, which are opened and closed meanwhile.
struct Shared {
  std::mutex mutex;                  // Flushes and compactions end on several threads; a mark must not go back.
  std::set<std::string> distrusted;  // Paths. At most one for each failure of a disk.
};
Shared& shared() {
  static Shared once;
  return once;
}

// The mark of the list as it is. Another thread may just be adding to it, so what is there is first put on disk: a mark that
// says more than a power cut leaves would accuse a sound store.
std::optional<Mark> saved_mark(const std::string& directory, rocksdb::Env& env) {
  const std::optional<uint64_t> number = present(directory, env);
  if (!number) return std::nullopt;
  Mark mark{*number, 0, {}};
  const std::string path = directory + "/" + mark.name();
  if (shared().distrusted.contains(path)) return std::nullopt;
  const std::optional<std::string> bytes = read_file(path, env);
  std::unique_ptr<rocksdb::WritableFile> file;
  if (!bytes || !env.ReopenWritableFile(path, &file, rocksdb::EnvOptions()).ok()) return std::nullopt;
  if (!file->Fsync().ok()) {
    shared().distrusted.insert(path);
    return std::nullopt;
  }
  mark.size = bytes->size();
  mark.checksum = crc32c(*bytes);
  return mark;
}

bool write_mark(const Mark& mark, const std::string& directory, rocksdb::Env& env) {
  std::unique_ptr<rocksdb::WritableFile> file;
  return env.NewWritableFile(directory + kFileNew, &file, rocksdb::EnvOptions()).ok() && file->Append(mark.line()).ok() &&
         file->Fsync().ok() && file->Close().ok() && env.RenameFile(directory + kFileNew, directory + kFile).ok();
}

}  // namespace

Status ManifestWitness::check(const StoreName& name, const std::string& directory, rocksdb::Env& env) {
  const std::optional<Mark> mark = seen(directory, env);
  const std::optional<uint64_t> now = present(directory, env);
  if (!mark || !now || *now > mark->number) return {};
  if (*now == mark->number) {
    const std::optional<std::string> bytes = read_file(directory + "/" + mark->name(), env);
    if (!bytes) return {};  // Opening the store will say why.
    const bool whole = bytes->size() >= mark->size;
    if (whole && (!mark->checksum || *mark->checksum == crc32c(std::string_view(*bytes).substr(0, mark->size)))) return {};
  }
  return store_failure(name, directory, rocksdb::Status::Corruption(Mark{*now, 0, {}}.name()));
}

void ManifestWitness::distrust(const std::string& directory, rocksdb::Env& env) {
  const std::lock_guard lock(shared().mutex);
  if (const std::optional<uint64_t> number = present(directory, env)) shared().distrusted.insert(directory + "/" + Mark{*number, 0, {}}.name());
}

void ManifestWitness::record(const std::string& directory, rocksdb::Env& env) {
  const std::lock_guard lock(shared().mutex);
  const std::optional<Mark> now = saved_mark(directory, env);
  if (!now) return;
  const std::optional<Mark> before = seen(directory, env);
  if (before && before->line() == now->line()) return;
  static_cast<void>(write_mark(*now, directory, env));
}

}  // namespace civiclog
