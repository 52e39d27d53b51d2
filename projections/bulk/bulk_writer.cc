#include "projections/bulk/bulk_writer.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "base/check.h"

namespace civiclog {
namespace {

// Of the table, beside key and value.
constexpr size_t kRowOverhead = 128;
constexpr uint64_t kEventsOfRound = 4'096;

}  // namespace

BulkWriter::BulkWriter(std::shared_ptr<const Generation> generation, std::filesystem::path path, size_t history_bytes)
    : generation_(std::move(generation)), env_(*generation_->db().GetEnv()), path_(std::move(path)), history_bytes_(history_bytes) {}

BulkWriter::~BulkWriter() {
  if (sorting_.valid()) sorting_.wait();
}

std::optional<std::string> BulkWriter::get(std::string_view key) {
  if (fault_) return std::nullopt;
  const auto found = latest_.find(key);
  Row* row = found != latest_.end() ? &found->second : find_away(key);
  if (row == nullptr) return std::nullopt;
  row->used = round_;
  return row->value;
}

// Brings a row back that was put away.
BulkWriter::Row* BulkWriter::find_away(std::string_view key) {
  for (auto run = latest_runs_.rbegin(); run != latest_runs_.rend(); ++run) {
    if (!(*run)->may_have(key)) continue;
    Result<std::optional<std::string>> found = (*run)->find(key);
    if (!found) {
      report_damage(found.error());
      return nullptr;
    }
    if (!*found) continue;
    Row row{std::nullopt, round_};
    if ((*found)->front() == kRowMark) row.value = (*found)->substr(1);
    latest_bytes_ += key.size() + (*found)->size() + kRowOverhead;
    return &latest_.emplace(std::string(key), std::move(row)).first->second;
  }
  return nullptr;
}

void BulkWriter::write_latest(std::string_view key, std::optional<std::string> value) {
  const auto found = latest_.find(key);
  if (found == latest_.end()) {
    latest_bytes_ += key.size() + (value ? value->size() : 0) + kRowOverhead;
    latest_.emplace(std::string(key), Row{std::move(value), round_});
    return;
  }
  found->second.value = std::move(value);
  found->second.used = round_;
}

void BulkWriter::write_history(std::string_view key, char mark, std::string_view value) {
  ByteWriter newest_first(sizeof position_);
  history_.add(key, newest_first.be64(~position_.value).bytes(), mark, value);
  ++history_rows_;
  if (history_.bytes() >= history_bytes_) begin_run();
}

void BulkWriter::put(std::string_view key, std::string value) {
  if (fault_) return;
  write_history(key, kRowMark, value);
  write_latest(key, std::move(value));
}

void BulkWriter::erase(std::string_view key) {
  if (fault_) return;
  write_history(key, kErasedMark, {});
  write_latest(key, std::nullopt);
}

void BulkWriter::put_index(std::string_view key, std::string value) {
  if (!fault_) write_latest(key, std::move(value));
}

void BulkWriter::begin(Position position) {
  position_ = position;
  round_ = static_cast<uint32_t>(position.value / kEventsOfRound);
}

Status BulkWriter::end() {
  if (!fault_) return {};
  return *fault_;
}

void BulkWriter::begin_run() {
  await_run();
  sorting_ = std::async(std::launch::async, [this, path = fmt::format("{}.history.run{}", path_.string(), ++history_files_), rows = std::move(history_)]() mutable {
    rows.sort();
    return SortedRun::write(env_, path, rows, false);
  });
  history_ = RowBuffer(history_bytes_);
}

void BulkWriter::await_run() {
  if (!sorting_.valid()) return;
  Result<std::unique_ptr<SortedRun>> run = sorting_.get();
  if (run) history_runs_.push_back(std::move(*run));
  else report_damage(run.error());
}

Status BulkWriter::put_away() {
  const size_t before = latest_bytes_;
  const uint32_t since = round_ - away_in_round_;
  away_in_round_ = round_;
  if (Status away = put_away_unless_used_since(round_ - since / 4); !away) return away;
  if (latest_bytes_ <= before / 2) return {};
  return put_away_unless_used_since(round_ + 1);
}

// A row that came back from a run may have changed, so it goes into a new one, which is looked at first.
Status BulkWriter::put_away_unless_used_since(uint32_t round) {
  RowBuffer rows;
  for (auto row = latest_.begin(); row != latest_.end();) {
    if (row->second.used >= round) {
      ++row;
      continue;
    }
    if (row->second.value) rows.add(row->first, {}, kRowMark, *row->second.value);
    else rows.add(row->first, {}, kErasedMark, {});
    latest_.erase(row++);
  }
  latest_bytes_ = 0;
  for (const auto& [key, row] : latest_) latest_bytes_ += key.size() + (row.value ? row.value->size() : 0) + kRowOverhead;
  if (rows.empty()) return {};
  rows.sort();
  Result<std::unique_ptr<SortedRun>> run = SortedRun::write(env_, fmt::format("{}.latest.run{}", path_.string(), latest_runs_.size() + 1), rows, true);
  if (!run) return run.error();
  rows_away_ += rows.size();
  latest_runs_.push_back(std::move(*run));
  return {};
}

Result<FamilyTables> BulkWriter::history_tables(const RowsDone& done) {
  if (!history_.empty()) begin_run();
  await_run();
  if (fault_) return *fault_;
  const auto all = [](std::string_view value) { return std::optional(value); };
  Result<FamilyTables> tables =
      write_tables(generation_->db(), generation_->history(), path_.string() + ".history", history_runs_, all, done);
  history_runs_.clear();
  return tables;
}

Result<FamilyTables> BulkWriter::latest_tables(const RowsDone& done) {
  if (Status away = put_away_unless_used_since(round_ + 1); !away) return away.error();
  const auto present = [](std::string_view value) {
    return value.front() == kRowMark ? std::optional(value.substr(1)) : std::nullopt;
  };
  Result<FamilyTables> tables =
      write_tables(generation_->db(), generation_->latest(), path_.string() + ".latest", latest_runs_, present, done);
  latest_runs_.clear();
  return tables;
}

}  // namespace civiclog
