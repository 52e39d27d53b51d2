#include <chrono>
#include <filesystem>
#include <thread>

#include "base/check.h"
#include "bench/measure.h"
#include "installation/installation.h"

namespace civiclog {
namespace {

constexpr std::chrono::milliseconds kStill{2'000};       // No file changes for this long: it has settled.
constexpr std::chrono::milliseconds kStillInTiny{100};
constexpr int kMaxLooks = 60;

uint64_t bytes_below(const std::filesystem::path& directory) {
  uint64_t total = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    std::error_code gone;  // RocksDB removes files meanwhile.
    const uint64_t size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
    if (!gone) total += size;
  }
  return total;
}

// Open, because only an open RocksDB compacts.
void settle(const MadeRecord& record, std::chrono::milliseconds still) {
  const Result<std::unique_ptr<Installation>> installation = Installation::open(record.data());
  CHECK(installation.has_value());
  uint64_t before = 0;
  for (int looks = 0; looks < kMaxLooks; ++looks) {
    const uint64_t now = bytes_below(record.path());
    if (now == before) return;
    before = now;
    std::this_thread::sleep_for(still);
  }
}

}  // namespace

void measure_disk(Bench& bench) {
  const MadeRecord& record = bench.record.get();
  settle(record, bench.tiny ? kStillInTiny : kStill);
  const DataDirectory data = record.data();
  const auto per_event = [&](const std::filesystem::path& path) {
    return static_cast<double>(bytes_below(path)) / static_cast<double>(record.events);
  };
  print_row("log, bytes per event", {per_event(data.log_path())}, 0);
  print_row("vault, bytes per event", {per_event(data.vault_path())}, 0);
  print_row("read models with their history, bytes per event", {per_event(data.views_path())}, 0);
  print_row("all, bytes per event", {per_event(data.path())}, 0);
}

}  // namespace civiclog
