#include "projections/view_writer.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/check.h"
#include "projections/rocks_error.h"

namespace civiclog {

ViewBatch::ViewBatch() : rows_(std::make_unique<rocksdb::WriteBatch>()) {}
ViewBatch::~ViewBatch() = default;
size_t ViewBatch::bytes() const { return rows_->GetDataSize(); }

BatchWriter::BatchWriter(std::shared_ptr<const Generation> generation, ViewBatch& batch)
    : generation_(std::move(generation)), batch_(batch) {}

std::optional<std::string> BatchWriter::get(std::string_view key) {
  if (fault_) return std::nullopt;
  const auto written = written_.find(key);
  if (written != written_.end()) return written->second;
  std::string value;
  const rocksdb::Status status =
      generation_->db().Get(rocksdb::ReadOptions(), generation_->latest(), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) {
    report_damage(views_error(status, "reading a row"));
    return std::nullopt;
  }
  return value;
}

void BatchWriter::write_latest(std::string_view key, std::optional<std::string> value) {
  const rocksdb::Slice slice(key.data(), key.size());
  const rocksdb::Status status = value ? batch_.rows().Put(generation_->latest(), slice, *value)
                                       : batch_.rows().Delete(generation_->latest(), slice);
  CHECK(status.ok());
  written_.insert_or_assign(std::string(key), std::move(value));
}

void BatchWriter::put(std::string_view key, std::string value) {
  if (fault_) return;
  std::string past(1, kRowMark);
  past.append(value);
  CHECK(batch_.rows().Put(generation_->history(), history_key(key, position_), past).ok());
  write_latest(key, std::move(value));
}

void BatchWriter::erase(std::string_view key) {
  if (fault_) return;
  CHECK(batch_.rows().Put(generation_->history(), history_key(key, position_), std::string(1, kErasedMark)).ok());
  write_latest(key, std::nullopt);
}

void BatchWriter::put_index(std::string_view key, std::string value) {
  if (!fault_) write_latest(key, std::move(value));
}

void BatchWriter::begin(Position position) {
  CHECK(!fault_);
  position_ = position;
  batch_.rows().SetSavePoint();
}

Status BatchWriter::end() {
  if (!fault_) {
    CHECK(batch_.rows().PopSavePoint().ok());
    return {};
  }
  CHECK(batch_.rows().RollbackToSavePoint().ok());
  return *fault_;
}

}  // namespace civiclog
