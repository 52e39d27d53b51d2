#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "base/result.h"
#include "events/event_log.h"
#include "events/log_rows.h"
#include "events/log_tuning.h"
#include "storage/background_errors.h"
#include "storage/store_name.h"

// The log's RocksDB: rows in, rows out (events/log_rows.h), and nothing about queues, clocks or publication. Internal
// to events/; the only place beside the opening, the check and the head anchor that knows RocksDB.
//
// Threads: write() and catch_up() from one thread at a time, everything else from any. Reading is bounded by the
// caller's `head`, so that nothing unpublished is seen. Every event that leaves here has been checked: checksum,
// position, log id, and that it is what the index said. Rules of kCorrupt errors, beside those of decode_event():
// "hole" (a position below head is missing), "other_log", "index_mismatch", "bad_row".

namespace civiclog {

// What an operator can do about an end of the log that does not fit; ends every such sentence.
inline constexpr const char* kHeadAdvice =
    "restore the log from its backup, or, if its present end is known to be right, accept it with `civic-replay accept-head`.";

// One read_stream() carries at most this many events. Streams are histories of single things; none comes near.
inline constexpr size_t kMaxStreamRead = 1'000'000;

struct StoreSettings {
  rocksdb::Env* env;
  size_t cache_bytes = kDefaultCacheBytes;
};

inline constexpr StoreName kLogStore = {"The log", "restore the log from its backup"};

// Of one row that could not be read. kCorrupt for what RocksDB calls corruption, otherwise kIo; with RocksDB's own reason.
Error store_error(const rocksdb::Status& status, const std::string& what);

class LogStore {
 public:
  // A new database without a log row; see set_log().
  static Result<std::unique_ptr<LogStore>> create(const std::string& directory, const StoreSettings& settings);
  // Column families that are not there are tolerated except with kWrite, see has_all_families().
  static Result<std::unique_ptr<LogStore>> open(const std::string& directory, StoreAccess access, const StoreSettings& settings);
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  bool has_all_families() const;
  // nullopt when it was never written. Remembers the id of the log for all later checks.
  Result<std::optional<LogRow>> load_log();
  Status set_log(LogId log);
  LogId log() const { return log_; }

  // All rows of these events, in one synced batch. Whole commits, directly after the last.
  Status write(std::span<const StoredEvent> events);
  // Sees what the writer has done since; with another access than kSecondary there is nothing to see.
  Status catch_up();
  // The last event that is there, published or not. 0 for an empty log.
  Result<Position> last_position() const;

  Result<StoredEvent> event(Position position) const;
  Result<std::vector<StoredEvent>> events(Position after, size_t limit, Position head) const;
  Result<std::vector<StoredEvent>> stream(const StreamId& stream, Version after, Position head) const;
  // The newest version at or below `head`.
  Result<StreamHead> stream_head(const StreamId& stream, Position head) const;
  Result<std::optional<CommandRecord>> command(CommandId command, Position head) const;

  // What RocksDB could not do for itself; empty when all is well.
  std::string background_error() const { return background_errors_->present(); }

  // For the check and for other readers of whole column families.
  rocksdb::DB& db() const { return *db_; }
  // A view that stands still while the writer goes on. A secondary has none and needs none: it stands still by itself.
  bool has_snapshots() const { return access_ == StoreAccess::kWrite; }
  rocksdb::ColumnFamilyHandle* family(Family family) const { return handles_[static_cast<size_t>(family)]; }
  Result<StoredEvent> check(std::string bytes, Position position) const;

 private:
  LogStore(std::string directory, StoreAccess access, const StoreSettings& settings)
      : directory_(std::move(directory)), access_(access), settings_(settings) {}
  void adopt(rocksdb::DB* db, std::span<const rocksdb::ColumnFamilyDescriptor> families,
             std::span<rocksdb::ColumnFamilyHandle* const> handles);
  Result<std::optional<std::string>> get(Family family, const std::string& key, const std::string& what) const;
  Result<std::optional<uint64_t>> oldest_wal() const;
  Result<StreamHead> stream_head_below(const StreamId& stream, Position head) const;

  const std::string directory_;
  const StoreAccess access_;
  const StoreSettings settings_;
  LogId log_;
  std::shared_ptr<BackgroundErrors> background_errors_ = std::make_shared<BackgroundErrors>();
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles_{};
};

}  // namespace civiclog
