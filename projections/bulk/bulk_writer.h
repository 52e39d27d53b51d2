#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "projections/bulk/table_output.h"
#include "projections/row_key.h"
#include "projections/view_writer.h"

namespace civiclog {

// The rows of one generation while it is built from the first event, when nobody reads it: kept in memory as long as they are in
// use, and otherwise put into sorted runs, which become RocksDB's table files at the end. So no row passes through a journal, a
// memtable or a compaction.
//
//   history   never read during a build: a buffer, sorted and written as a run when it is full, beside the applying thread
//   latest    a table of the rows used lately. Those not used since the table was last full go into a run of their own, where
//             they are found again by its filter and its marks
//
// One thread, but for what it does beside by itself. Memory: about `history_bytes` twice, what bytes() says, and three bytes a row
// that has been put away.
class BulkWriter final : public ViewWriter {
 public:
  // The generation is empty. Files are named `path`.….
  BulkWriter(std::shared_ptr<const Generation> generation, std::filesystem::path path, size_t history_bytes);
  ~BulkWriter() override;

  std::optional<std::string> get(std::string_view key) override;
  void put(std::string_view key, std::string value) override;
  void erase(std::string_view key) override;
  void put_index(std::string_view key, std::string value) override;
  void begin(Position position) override;
  Status end() override;

  // Of the table of rows in use, about.
  size_t bytes() const { return latest_bytes_; }
  // Puts away what has not been used for a while, or all if that is little.
  Status put_away();

  uint64_t history_rows() const { return history_rows_; }
  uint64_t latest_rows() const { return latest_.size() + rows_away_; }
  // Everything as table files for the generation; afterwards there is nothing more to do with the writer. Both may run at once.
  Result<FamilyTables> history_tables(const RowsDone& done);
  Result<FamilyTables> latest_tables(const RowsDone& done);

 private:
  struct Row {
    std::optional<std::string> value;  // nullopt: erased.
    uint32_t used = 0;                 // The last round in which it was.
  };
  using Runs = std::vector<std::unique_ptr<SortedRun>>;
  using Table = boost::unordered_flat_map<std::string, Row, RowKeyHash, std::equal_to<>>;

  void write_latest(std::string_view key, std::optional<std::string> value);
  void write_history(std::string_view key, char mark, std::string_view value);
  void begin_run();
  void await_run();
  Row* find_away(std::string_view key);
  Status put_away_unless_used_since(uint32_t round);

  const std::shared_ptr<const Generation> generation_;
  rocksdb::Env& env_;
  const std::filesystem::path path_;
  const size_t history_bytes_;
  Position position_;

  RowBuffer history_;
  std::future<Result<std::unique_ptr<SortedRun>>> sorting_;  // Of the buffer before.
  Runs history_runs_;
  size_t history_files_ = 0;
  uint64_t history_rows_ = 0;

  Table latest_;
  size_t latest_bytes_ = 0;
  uint32_t round_ = 0;          // Of events: what was used lately is told by it.
  uint32_t away_in_round_ = 0;  // The round of the last put_away().
  Runs latest_runs_;            // The oldest first.
  uint64_t rows_away_ = 0;
};

}  // namespace civiclog
