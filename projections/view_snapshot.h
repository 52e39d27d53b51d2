#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "projections/generation.h"
#include "projections/row_codec.h"

namespace rocksdb {
class Snapshot;
struct ReadOptions;
}  // namespace rocksdb

namespace civiclog {

using ActiveGenerations = std::map<std::string, std::pair<uint32_t, std::shared_ptr<const Generation>>, std::less<>>;

// One RocksDB snapshot over all read models. See ViewSnapshot.
struct SnapshotState {
  std::shared_ptr<rocksdb::DB> db;
  const rocksdb::Snapshot* snapshot = nullptr;  // None in a secondary, which stands still between refreshes.
  std::shared_ptr<const ActiveGenerations> active;
  std::shared_ptr<int> held;

  SnapshotState() = default;
  ~SnapshotState();
  SnapshotState(const SnapshotState&) = delete;
  SnapshotState& operator=(const SnapshotState&) = delete;
  rocksdb::ReadOptions options() const;
};

// Called with each key and value; false ends the scan.
using Visit = std::function<bool(std::string_view key, std::string_view value)>;

enum class ScanOrder { kForward, kBackward };

// One read model at one moment: as of a position, or the latest. Cheap to copy; keeps its snapshot alive. From any
// thread, one at a time. Errors of all reads: kCorrupt, kIo.
class ViewReader {
 public:
  ViewReader(std::shared_ptr<const SnapshotState> state, std::shared_ptr<const Generation> generation,
             GenerationRecord record, std::optional<Position> as_of);

  const GenerationRecord& record() const { return record_; }  // Version, state and fault of the read model.
  Position position() const { return as_of_.value_or(record_.checkpoint); }  // What an answer says it is of.

  // The row as of position(); nullopt if there was none.
  Result<std::optional<std::string>> get(std::string_view key) const;
  // The row of now, whatever as_of says; also for indexes.
  Result<std::optional<std::string>> get_latest(std::string_view key) const;

  template <typename Row>
  Result<std::optional<Row>> row(std::string_view key) const { return decoded<Row>(get(key)); }
  template <typename Row>
  Result<std::optional<Row>> latest_row(std::string_view key) const { return decoded<Row>(get_latest(key)); }

  // Rows as of position() whose keys begin with `prefix` (at least a table's letter and its first id), in key order, after
  // the key prefix | after. All keys of the table have `key_size` bytes.
  Status scan(std::string_view prefix, size_t key_size, std::string_view after, const Visit& visit) const;
  // Index entries whose keys begin with `prefix`; of now: the caller looks at the positions in them. Backward starts
  // before prefix | after, or at the end when `after` is empty.
  Status scan_index(std::string_view prefix, std::string_view after, ScanOrder order, const Visit& visit) const;
  // Everything after a key, for comparing: latest rows and indexes, or history.
  Status scan_all(bool history, std::string_view after, const Visit& visit) const;

 private:
  template <typename Row>
  static Result<std::optional<Row>> decoded(Result<std::optional<std::string>> bytes) {
    if (!bytes) return bytes.error();
    if (!*bytes) return std::optional<Row>();
    std::optional<Row> row = decode_row<Row>(**bytes);
    if (!row) return corrupt("A row of the read models cannot be read; run `civic-replay rebuild`.");
    return row;
  }
  Status scan_history(std::string_view prefix, size_t key_size, std::string_view after, const Visit& visit) const;

  std::shared_ptr<const SnapshotState> state_;
  std::shared_ptr<const Generation> generation_;
  GenerationRecord record_;
  std::optional<Position> as_of_;
};

// All read models at one moment: rows and checkpoints of one answer come from one of these. Copies share it. While
// it is held, RocksDB keeps what it sees: hold it for an answer, not for ever.
class ViewSnapshot {
 public:
  explicit ViewSnapshot(std::shared_ptr<const SnapshotState> state) : state_(std::move(state)) {}

  // Errors: kUnavailable (never built), kInvalidArgument (as_of is after what the read model has applied).
  Result<ViewReader> reader(std::string_view projection, std::optional<Position> as_of = {}) const;

  // Typed questions, e.g. read<TopicQueries>(as_of). An answer from several carries the lowest of their positions.
  template <typename Queries>
  Result<Queries> read(std::optional<Position> as_of = {}) const {
    Result<ViewReader> found = reader(Queries::kProjection, as_of);
    if (!found) return found.error();
    return Queries(std::move(*found));
  }

 private:
  std::shared_ptr<const SnapshotState> state_;
};

// Keys of the default column family.
std::string meta_generation_key(std::string_view projection, uint32_t number);
inline constexpr char kMetaFormatKey[] = "format";
inline constexpr char kMetaLogKey[] = "log";
inline constexpr char kMetaGenerationPrefix[] = "generation:";
inline constexpr char kMetaActivePrefix[] = "active:";

}  // namespace civiclog
