#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "events/event_log.h"
#include "projections/generation.h"
#include "projections/view_snapshot.h"
#include "projections/view_writer.h"
#include "storage/table_files.h"

namespace rocksdb {
class Env;
}

// The read models of one node: a RocksDB with two column families per generation, `<projection>.<version>.<number>.latest` and
// `.history`, and in the default one: the format number, the log's id, which generation of each projection is active
// (answers readers), and every generation's record. Everything in it can be built anew from the log, so
// writes are not flushed one by one: what a power cut takes is replayed.
//
// Threads: reading calls and begin_generation() from any; the other writing ones from the projector's thread alone.

namespace civiclog {

class ViewsColumns;

inline constexpr uint32_t kViewsFormat = 1;
inline constexpr size_t kMaxGenerations = 1'000;  // On disk, of all projections together.

struct ViewsOptions {
  size_t cache_bytes = 32 << 20;          // Blocks read from disk.
  size_t write_buffer_bytes = 24 << 20;   // Of all column families together.
  rocksdb::Env* env = nullptr;            // Must outlive the views. nullptr: the machine's own.
};

class BackgroundErrors;

class Views {
 public:
  // An empty one. kIncompatible if the directory has anything in it.
  static Status create(const std::filesystem::path& directory, LogId log, ViewsOptions options = {});
  // For the one process that writes. Errors: kNotFound (nothing there), kUnavailable (another process has it),
  // kIncompatible (half-written, another log's, a newer format), kCorrupt, kIo.
  static Result<std::unique_ptr<Views>> open(const std::filesystem::path& directory, LogId log, ViewsOptions options = {});
  // For reading beside a running writer: sees what there was at the last refresh(). `scratch` is a directory of its own
  // for RocksDB's notes.
  static Result<std::unique_ptr<Views>> open_secondary(const std::filesystem::path& directory,
                                                       const std::filesystem::path& scratch, LogId log,
                                                       ViewsOptions options = {});
  ~Views();
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  // kIncompatible when a read model has applied events that this log does not have, or had others in their place.
  Status check_against(const EventLog& log) const;
  Status check_against(const EventLog& log, const GenerationRecord& record) const;

  // Everything read through it is of one moment. Must not outlive the Views when secondary.
  ViewSnapshot snapshot() const;

  // The files beneath; see storage/table_files.h. The second only for the one process that writes.
  static Status check_still_files(const std::filesystem::path& directory, FileDepth depth, const BytesProgress& progress = {});
  Status read_every_block(const std::stop_token& stop, const BytesProgress& progress = {}) const;
  uint64_t table_bytes() const;
  // Why no more is written, as one sentence; empty when all is well. Only for the one process that writes.
  std::string failure() const;

  // All generations, by projection and number.
  std::vector<GenerationRecord> generations() const;
  // The generation that answers readers.
  std::optional<GenerationRecord> active(std::string_view projection) const;

  // Secondary only: catches up with the writer. kUnavailable while a snapshot is held.
  Status refresh();

  // ---- writing ----

  // A new, empty generation, building; the first one of a projection is active at once.
  Result<GenerationRecord> begin_generation(std::string_view projection, uint32_t version);
  std::shared_ptr<const Generation> columns(const GenerationRecord& record) const;
  // For builds in bulk, which write rows first and the record afterwards: whether one was interrupted between them.
  Result<bool> has_rows_before_any_event(const GenerationRecord& record) const;
  // Where they sort; removed at each opening.
  std::filesystem::path bulk_directory() const { return directory_ / "bulk"; }
  // Rows and records, all or nothing.
  Status commit(ViewBatch& batch, std::span<const GenerationRecord> records);
  // Makes it the active one and drops the projection's earlier generations.
  Status switch_to(const GenerationRecord& record);
  // When even a fault cannot be written down: says so to readers, and returns the record as it now is.
  GenerationRecord fault_in_memory(const GenerationRecord& record, const Error& error);
  // Drops a generation, active or not.
  Status drop(const GenerationRecord& record);

 private:
  struct Entry {
    GenerationRecord record;
    std::shared_ptr<const Generation> columns;
  };
  using Key = std::pair<std::string, uint32_t>;

  Views(std::filesystem::path directory, std::filesystem::path scratch, LogId log, ViewsOptions options);
  Status open_database();
  Status load(std::map<std::string, rocksdb::ColumnFamilyHandle*>& handles);
  Status check_meta() const;
  Status drop_columns(std::vector<Entry> entries);
  void publish_active();
  bool is_secondary() const { return !scratch_.empty(); }

  const std::filesystem::path directory_;
  const std::filesystem::path scratch_;
  const LogId log_;
  const ViewsOptions options_;
  const std::unique_ptr<const ViewsColumns> columns_;
  std::shared_ptr<rocksdb::DB> db_;
  std::shared_ptr<BackgroundErrors> background_errors_;
  mutable std::mutex mutex_;  // Guards what follows, and db_ of a secondary.
  std::map<Key, Entry> generations_;
  std::map<std::string, uint32_t, std::less<>> active_;
  std::shared_ptr<const ActiveGenerations> published_;  // What the next snapshot reads.
  std::shared_ptr<int> snapshots_;                      // Its use count tells how many are held.
};

}  // namespace civiclog
