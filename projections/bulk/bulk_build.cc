#include "projections/bulk/bulk_build.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/check.h"
#include "projections/bulk/bulk_writer.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFinishThreads = 2;

}  // namespace

Result<std::unique_ptr<BulkBuild>> BulkBuild::begin(const EventLog& log, Position goal, std::span<const Part> parts,
                                                    const fs::path& directory, const BulkLimits& limits) {
  std::error_code failure;
  fs::remove_all(directory, failure);
  if (!failure) fs::create_directories(directory, failure);
  if (failure) return io_error(fmt::format("The directory {} for a build could not be made: {}.", directory.string(), failure.message()));
  CHECK(!parts.empty());
  std::unique_ptr<BulkBuild> build(new BulkBuild(log, goal, parts.front().generation->db(), directory, limits));
  for (const Part& part : parts) {
    build->places_.push_back({part.projection, std::make_unique<BulkWriter>(part.generation, directory / part.projection->name(), limits.history_bytes)});
  }
  return build;
}

BulkBuild::BulkBuild(const EventLog& log, Position goal, rocksdb::DB& db, fs::path directory, const BulkLimits& limits)
    : db_(db), goal_(goal), directory_(std::move(directory)), limits_(limits), feed_(log, {}, goal) {}

BulkBuild::~BulkBuild() {
  if (finish_.valid()) finish_.wait();
  places_.clear();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

Result<bool> BulkBuild::step() {
  const Result<EventFeed::Batch> batch = feed_.next();
  if (!batch) return batch.error();
  if (batch->events.empty()) return false;
  for (const Place& place : places_) {
    for (const RecordedEvent& event : batch->events) {
      place.writer->begin(event.position());
      place.projection->apply(event, *place.writer);
      if (Status applied = place.writer->end(); !applied) return applied.error();
    }
  }
  position_ = batch->events.back().position();
  last_event_ = batch->last_event;
  if (Status away = put_away(); !away) return away.error();
  return true;
}

Status BulkBuild::put_away() {
  size_t bytes = 0;
  for (const Place& place : places_) bytes += place.writer->bytes();
  if (bytes <= limits_.latest_bytes) return {};
  const auto largest = std::ranges::max_element(places_, {}, [](const Place& place) { return place.writer->bytes(); });
  return largest->writer->put_away();
}

void BulkBuild::begin_finish() {
  CHECK(position_ == goal_ && !finish_.valid());
  for (const Place& place : places_) rows_ += place.writer->history_rows() + place.writer->latest_rows();
  finish_ = std::async(std::launch::async, [this] { return write_all(); });
}

bool BulkBuild::finished(std::chrono::milliseconds patience) const {
  return finish_.valid() && finish_.wait_for(patience) == std::future_status::ready;
}

Status BulkBuild::write_all() {
  struct Task {
    uint64_t rows;
    std::function<Result<FamilyTables>()> run;
  };
  const RowsDone done = [this](uint64_t rows) { rows_done_ += rows; };
  // The two families of a writer have nothing in common by then. The longest first.
  std::vector<Task> tasks;
  for (const Place& place : places_) {
    tasks.push_back({place.writer->history_rows(), [&place, &done] { return place.writer->history_tables(done); }});
    tasks.push_back({place.writer->latest_rows(), [&place, &done] { return place.writer->latest_tables(done); }});
  }
  std::ranges::sort(tasks, std::greater{}, &Task::rows);
  std::vector<FamilyTables> tables(tasks.size());
  std::atomic<size_t> next{0};
  const auto work = [&]() -> Status {
    for (size_t i = next++; i < tasks.size(); i = next++) {
      Result<FamilyTables> written = tasks[i].run();
      if (!written) return written.error();
      tables[i] = std::move(*written);
    }
    return {};
  };
  std::vector<std::future<Status>> others;
  for (size_t i = 1; i < kFinishThreads; ++i) others.push_back(std::async(std::launch::async, work));
  Status outcome = work();
  for (auto& other : others) {
    if (Status written = other.get(); !written && outcome) outcome = written;
  }
  return outcome ? ingest_tables(db_, tables) : outcome;
}

}  // namespace civiclog
