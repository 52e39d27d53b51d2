#include "projections/generation.h"

#include <rocksdb/db.h>

#include "base/bytes.h"

namespace civiclog {

const char* name_of(ViewState state) {
  switch (state) {
    case ViewState::kBuilding: return "building";
    case ViewState::kRunning: return "running";
    case ViewState::kFaulted: return "faulted";
  }
  return "unknown";
}

Generation::Generation(std::shared_ptr<rocksdb::DB> db, rocksdb::ColumnFamilyHandle* latest,
                       rocksdb::ColumnFamilyHandle* history)
    : db_(std::move(db)), latest_(latest), history_(history) {}

Generation::~Generation() {
  // Both can only fail on a null handle.
  static_cast<void>(db_->DestroyColumnFamilyHandle(latest_));
  static_cast<void>(db_->DestroyColumnFamilyHandle(history_));
}

std::string history_key(std::string_view key, Position position) {
  return ByteWriter().raw(key).be64(~position.value).take();
}

}  // namespace civiclog
