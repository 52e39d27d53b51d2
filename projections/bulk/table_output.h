#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "projections/bulk/sorted_run.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace civiclog {

// Which bytes of a merged row go into the table; nullopt leaves it out. Called in the order of the keys.
using TableValue = std::function<std::optional<std::string_view>(std::string_view value)>;
// Called now and then with how many rows have been merged since the last call; from any thread.
using RowsDone = std::function<void(uint64_t rows)>;

// Table files for one column family, in the order of their keys.
struct FamilyTables {
  rocksdb::ColumnFamilyHandle* family = nullptr;
  std::vector<std::string> files;
};

// Merges runs (of equal keys, the one of the latest run is the row) into table files at `path`.1.sst, .2.sst, …. Errors: kIo, kCorrupt.
// One thread.
Result<FamilyTables> write_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const std::filesystem::path& path,
                                  const std::vector<std::unique_ptr<SortedRun>>& runs, const TableValue& value, const RowsDone& done);
// Gives all of them to their column families, which must be empty, at once or not at all: RocksDB then has them at its last level,
// without a compaction. Durable on return.
Status ingest_tables(rocksdb::DB& db, const std::vector<FamilyTables>& tables);

}  // namespace civiclog
