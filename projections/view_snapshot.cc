#include "projections/view_snapshot.h"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "base/check.h"
#include "projections/rocks_error.h"
#include "projections/row_key.h"

namespace civiclog {
namespace {

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

bool starts_with(const rocksdb::Slice& key, std::string_view prefix) { return key.starts_with(slice(prefix)); }

// The first key after every key that begins with `prefix`; empty when there is none.
std::string end_of(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

Result<std::optional<std::string>> get_from(const SnapshotState& state, rocksdb::ColumnFamilyHandle* columns,
                                            std::string_view key) {
  std::string value;
  const rocksdb::Status status = state.db->Get(state.options(), columns, slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return views_error(status, "reading a row");
  return std::optional<std::string>(std::move(value));
}

Error bad_mark() { return corrupt("A past row of the read models is damaged; run `civic-replay rebuild`."); }

}  // namespace

std::string meta_generation_key(std::string_view projection, uint32_t number) {
  return fmt::format("{}{}:{}", kMetaGenerationPrefix, projection, number);
}

SnapshotState::~SnapshotState() {
  if (snapshot != nullptr) db->ReleaseSnapshot(snapshot);
}

rocksdb::ReadOptions SnapshotState::options() const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  return options;
}

ViewReader::ViewReader(std::shared_ptr<const SnapshotState> state, std::shared_ptr<const Generation> generation,
                       GenerationRecord record, std::optional<Position> as_of)
    : state_(std::move(state)), generation_(std::move(generation)), record_(std::move(record)), as_of_(as_of) {}

Result<std::optional<std::string>> ViewReader::get_latest(std::string_view key) const {
  return get_from(*state_, generation_->latest(), key);
}

Result<std::optional<std::string>> ViewReader::get(std::string_view key) const {
  if (!as_of_) return get_latest(key);
  const std::unique_ptr<rocksdb::Iterator> past(state_->db->NewIterator(state_->options(), generation_->history()));
  past->Seek(history_key(key, *as_of_));
  if (!past->status().ok()) return views_error(past->status(), "reading a past row");
  std::optional<std::string> found;
  if (!past->Valid() || past->key().size() != key.size() + kPositionBytes || !starts_with(past->key(), key)) return found;
  std::string value = past->value().ToString();
  if (value.empty()) return bad_mark();
  if (value.front() == kRowMark) found = value.substr(1);
  return found;
}

Status ViewReader::scan(std::string_view prefix, size_t key_size, std::string_view after, const Visit& visit) const {
  CHECK(prefix.size() + after.size() <= key_size);
  if (as_of_) return scan_history(prefix, key_size, after, visit);
  return scan_index(prefix, after, ScanOrder::kForward, visit);
}

Status ViewReader::scan_history(std::string_view prefix, size_t key_size, std::string_view after,
                                const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> past(state_->db->NewIterator(state_->options(), generation_->history()));
  std::string start(prefix);
  start.append(after);
  // Position 0 sorts last of a key's past and is never written: it means "after all of this key".
  past->Seek(after.empty() ? start : history_key(start, {0}));
  while (past->Valid() && starts_with(past->key(), prefix)) {
    if (past->key().size() != key_size + kPositionBytes) return bad_mark();
    const std::string key(past->key().data(), key_size);
    const std::string wanted = history_key(key, *as_of_);
    if (past->key().compare(wanted) < 0) past->Seek(wanted);
    const bool found = past->Valid() && starts_with(past->key(), key);
    if (found) {
      const std::string value = past->value().ToString();
      if (value.empty()) return bad_mark();
      if (value.front() == kRowMark && !visit(key, std::string_view(value).substr(1))) return {};
      past->Seek(history_key(key, {0}));
    }
  }
  if (!past->status().ok()) return views_error(past->status(), "reading past rows");
  return {};
}

Status ViewReader::scan_index(std::string_view prefix, std::string_view after, ScanOrder order, const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> entries(state_->db->NewIterator(state_->options(), generation_->latest()));
  std::string start(prefix);
  start.append(after);
  const bool forward = order == ScanOrder::kForward;
  if (forward) {
    entries->Seek(start);
    if (!after.empty() && entries->Valid() && entries->key() == slice(start)) entries->Next();
  } else if (!after.empty()) {
    entries->SeekForPrev(start);
    if (entries->Valid() && entries->key() == slice(start)) entries->Prev();
  } else if (const std::string end = end_of(start); end.empty()) {
    entries->SeekToLast();
  } else {
    entries->SeekForPrev(end);
    if (entries->Valid() && entries->key() == slice(end)) entries->Prev();
  }
  while (entries->Valid() && starts_with(entries->key(), prefix)) {
    if (!visit(entries->key().ToStringView(), entries->value().ToStringView())) return {};
    forward ? entries->Next() : entries->Prev();
  }
  if (!entries->status().ok()) return views_error(entries->status(), "reading a list");
  return {};
}

Status ViewReader::scan_all(bool history, std::string_view after, const Visit& visit) const {
  rocksdb::ReadOptions options = state_->options();
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(
      state_->db->NewIterator(options, history ? generation_->history() : generation_->latest()));
  rows->Seek(slice(after));
  if (!after.empty() && rows->Valid() && rows->key() == slice(after)) rows->Next();
  for (; rows->Valid(); rows->Next()) {
    if (!visit(rows->key().ToStringView(), rows->value().ToStringView())) return {};
  }
  if (!rows->status().ok()) return views_error(rows->status(), "reading everything");
  return {};
}

Result<ViewReader> ViewSnapshot::reader(std::string_view projection, std::optional<Position> as_of) const {
  const auto active = state_->active->find(projection);
  if (active == state_->active->end()) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("The read model {} has not been built yet; start civicd or run `civic-replay rebuild`.",
                             projection), {}};
  }
  const auto& [number, generation] = active->second;
  const Result<std::optional<std::string>> bytes =
      get_from(*state_, state_->db->DefaultColumnFamily(), meta_generation_key(projection, number));
  if (!bytes) return bytes.error();
  std::optional<GenerationRecord> record;
  if (*bytes) record = decode_row<GenerationRecord>(**bytes);
  if (!record) return corrupt(fmt::format("The record of the read model {} is damaged; run `civic-replay rebuild`.", projection));
  if (as_of && *as_of > record->checkpoint) {
    return invalid_argument(fmt::format("Position {} is after {}, the last one the read model {} has applied; ask for that one or an earlier one.",
                                        as_of->value, record->checkpoint.value, projection));
  }
  // What has applied nothing shows nothing: a build in bulk has its rows a moment before its checkpoint.
  if (record->checkpoint == Position{}) as_of = Position{};
  return ViewReader(state_, generation, std::move(*record), as_of);
}

}  // namespace civiclog
