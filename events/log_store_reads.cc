#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "events/log_store.h"

namespace civiclog {
namespace {

constexpr size_t kMaxReadBytes = 16u << 20;
// Longer reads are scans: they would only push useful blocks out of the cache.
constexpr size_t kMaxCachedRead = 100;

Error missing(Position position) {
  return {ErrorCode::kCorrupt, fmt::format("event at position {}: is missing, though later ones are there", position.value), "hole"};
}

Error mismatch(Position position, const std::string& what) {
  return {ErrorCode::kCorrupt, fmt::format("event at position {}: is not what the index of {} says", position.value, what),
          "index_mismatch"};
}

Error bad_row(const std::string& what) {
  return {ErrorCode::kCorrupt, fmt::format("The index row of {} is damaged; run `civic-replay verify`.", what), "bad_row"};
}

}  // namespace

Result<StoredEvent> LogStore::event(Position position) const {
  auto bytes = get(Family::kEvents, event_key(position), fmt::format("event at position {}", position.value));
  if (!bytes) return bytes.error();
  if (!*bytes) return missing(position);
  return check(std::move(**bytes), position);
}

Result<std::vector<StoredEvent>> LogStore::events(Position after, size_t limit, Position head) const {
  std::vector<StoredEvent> out;
  if (after >= head || limit == 0) return out;
  if (limit == 1) {
    Result<StoredEvent> only = event(after.next());
    if (!only) return only.error();
    out.push_back(std::move(*only));
    return out;
  }
  const size_t count = std::min({limit, kMaxReadBatch, static_cast<size_t>(head.value - after.value)});
  const std::string end = event_key(after.plus(count + 1));
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  options.fill_cache = count <= kMaxCachedRead;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options, family(Family::kEvents)));
  size_t bytes = 0;
  Position expected = after.next();
  rows->Seek(event_key(expected));
  for (; out.size() < count; expected = expected.next(), rows->Next()) {
    if (!rows->status().ok()) return store_error(rows->status(), fmt::format("event at position {}", expected.value));
    if (!rows->Valid() || rows->key() != event_key(expected)) return missing(expected);
    bytes += rows->value().size();
    if (!out.empty() && bytes > kMaxReadBytes) break;
    Result<StoredEvent> next = check(rows->value().ToString(), expected);
    if (!next) return next.error();
    out.push_back(std::move(*next));
  }
  return out;
}

Result<std::vector<StoredEvent>> LogStore::stream(const StreamId& id, Version after, Position head) const {
  std::vector<StoredEvent> out;
  if (after.value == UINT64_MAX) return out;
  rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options, family(Family::kStreams)));
  Version expected = after.next();
  for (rows->Seek(stream_row_key(id, expected)); rows->Valid(); rows->Next(), expected = expected.next()) {
    const std::optional<StreamRowKey> key = parse_stream_row_key(rows->key().ToStringView());
    const std::optional<Position> position = parse_position_value(rows->value().ToStringView());
    if (!key || !position || key->version != expected) return bad_row(fmt::format("{} version {}", id.text(), expected.value));
    if (*position > head) break;
    if (out.size() >= kMaxStreamRead) {
      return Error{ErrorCode::kUnavailable,
                   fmt::format("The stream {} has more than {} events: read it in parts.", id.text(), kMaxStreamRead), "stream_too_long"};
    }
    Result<StoredEvent> next = event(*position);
    if (!next) return next.error();
    if (next->envelope.stream != id || next->envelope.stream_version != expected) return mismatch(*position, id.text());
    out.push_back(std::move(*next));
  }
  if (!rows->status().ok()) return store_error(rows->status(), fmt::format("Could not read the stream {}", id.text()));
  return out;
}

Result<StreamHead> LogStore::stream_head(const StreamId& id, Position head) const {
  const auto value = get(Family::kHeads, id.key(), fmt::format("Could not read the head of the stream {}", id.text()));
  if (!value) return value.error();
  if (!*value) return StreamHead{};
  const std::optional<StreamHead> found = parse_stream_head_value(**value);
  if (!found) return bad_row(id.text());
  return found->position <= head ? Result<StreamHead>(*found) : stream_head_below(id, head);
}

// The newest commit is durable, but not published yet.
Result<StreamHead> LogStore::stream_head_below(const StreamId& id, Position head) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options, family(Family::kStreams)));
  for (rows->SeekForPrev(stream_row_key(id, {UINT64_MAX})); rows->Valid(); rows->Prev()) {
    const std::optional<StreamRowKey> key = parse_stream_row_key(rows->key().ToStringView());
    const std::optional<Position> position = parse_position_value(rows->value().ToStringView());
    if (!key || !position) return bad_row(id.text());
    if (key->stream != id) break;
    if (*position <= head) return StreamHead{key->version, *position};
  }
  if (!rows->status().ok()) return store_error(rows->status(), fmt::format("Could not read the stream {}", id.text()));
  return StreamHead{};
}

Result<std::optional<CommandRecord>> LogStore::command(CommandId id, Position head) const {
  const std::string what = fmt::format("command {}", id.text());
  const auto value = get(Family::kCommands, command_key(id), what);
  if (!value) return value.error();
  if (!*value) return std::optional<CommandRecord>();
  const std::optional<Position> first = parse_position_value(**value);
  if (!first) return bad_row(what);
  if (*first > head) return std::optional<CommandRecord>();
  const Result<StoredEvent> found = event(*first);
  if (!found) return found.error();
  const Envelope& e = found->envelope;
  if (e.command != id || e.commit_index != 0) return mismatch(*first, what);
  const Position last = first->plus(e.commit_size - uint64_t{1});
  return std::optional(CommandRecord{*first, last, e.body_digest, e.recorded_at});
}

}  // namespace civiclog
