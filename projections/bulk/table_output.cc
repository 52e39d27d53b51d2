#include "projections/bulk/table_output.h"

#include <algorithm>

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>

#include "projections/rocks_error.h"

namespace civiclog {
namespace {

constexpr uint64_t kTableBytes = 64u << 20;
constexpr uint64_t kReportEvery = 16'384;

Error table_error(const rocksdb::Status& status) { return views_error(status, "writing the tables of a build"); }

class TableOutput {
 public:
  TableOutput(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const std::filesystem::path& path)
      : path_(path), writer_(rocksdb::EnvOptions(db.GetDBOptions()), db.GetOptions(family), family) {
    out_.family = family;
  }

  Status add(std::string_view key, std::string_view value) {
    if (!open_) {
      out_.files.push_back(fmt::format("{}.{}.sst", path_.string(), out_.files.size() + 1));
      if (const auto status = writer_.Open(out_.files.back()); !status.ok()) return table_error(status);
      open_ = true;
    }
    if (const auto status = writer_.Put({key.data(), key.size()}, {value.data(), value.size()}); !status.ok()) return table_error(status);
    return writer_.FileSize() < kTableBytes ? Status() : close();
  }

  Result<FamilyTables> finish() {
    if (open_) {
      if (Status closed = close(); !closed) return closed.error();
    }
    return std::move(out_);
  }

 private:
  Status close() {
    open_ = false;
    const auto status = writer_.Finish();
    return status.ok() ? Status() : Status(table_error(status));
  }

  const std::filesystem::path path_;
  rocksdb::SstFileWriter writer_;
  FamilyTables out_;
  bool open_ = false;
};

// The cursors that are not at their end, as a heap: the smallest key first, of equal keys the latest run.
class Merge {
 public:
  Status open(const std::vector<std::unique_ptr<SortedRun>>& runs) {
    for (size_t i = 0; i < runs.size(); ++i) {
      Result<std::unique_ptr<SortedRun::Cursor>> cursor = SortedRun::Cursor::open(*runs[i]);
      if (!cursor) return cursor.error();
      if ((*cursor)->valid()) heap_.push_back({std::move(*cursor), i});
    }
    std::ranges::make_heap(heap_, Later{});
    return {};
  }
  bool valid() const { return !heap_.empty(); }
  RowView row() const { return heap_.front().cursor->row(); }
  Status next() {
    std::ranges::pop_heap(heap_, Later{});
    if (Status moved = heap_.back().cursor->next(); !moved) return moved;
    if (heap_.back().cursor->valid()) std::ranges::push_heap(heap_, Later{});
    else heap_.pop_back();
    return {};
  }

 private:
  struct Place {
    std::unique_ptr<SortedRun::Cursor> cursor;
    size_t run;
  };
  struct Later {
    bool operator()(const Place& a, const Place& b) const {
      const int order = a.cursor->row().key.compare(b.cursor->row().key);
      return order != 0 ? order > 0 : a.run < b.run;
    }
  };
  std::vector<Place> heap_;
};

}  // namespace

Result<FamilyTables> write_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const std::filesystem::path& path,
                                  const std::vector<std::unique_ptr<SortedRun>>& runs, const TableValue& value, const RowsDone& done) {
  Merge merge;
  if (Status opened = merge.open(runs); !opened) return opened.error();
  TableOutput tables(db, family, path);
  std::string last;
  bool any = false;
  uint64_t rows = 0;
  while (merge.valid()) {
    const RowView row = merge.row();
    if (!any || row.key != last) {
      last.assign(row.key);
      any = true;
      if (const auto bytes = value(row.value)) {
        if (Status added = tables.add(row.key, *bytes); !added) return added.error();
      }
    }
    if (Status moved = merge.next(); !moved) return moved.error();
    if (++rows % kReportEvery == 0 && done) done(kReportEvery);
  }
  return tables.finish();
}

Status ingest_tables(rocksdb::DB& db, const std::vector<FamilyTables>& tables) {
  std::vector<rocksdb::IngestExternalFileArg> all;
  for (const FamilyTables& of : tables) {
    if (of.files.empty()) continue;
    rocksdb::IngestExternalFileArg& one = all.emplace_back();
    one.column_family = of.family;
    one.external_files = of.files;
    one.options.move_files = true;
    one.options.write_global_seqno = false;  // Nobody older than RocksDB 5.16 reads these.
  }
  if (all.empty()) return {};
  const auto status = db.IngestExternalFiles(all);
  return status.ok() ? Status() : Status(table_error(status));
}

}  // namespace civiclog
