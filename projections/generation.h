#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>

#include "base/crypto.h"
#include "base/position.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace civiclog {

enum class ViewState : uint8_t { kBuilding = 1, kRunning = 2, kFaulted = 3 };
const char* name_of(ViewState state);

// One build of one read model: what is known of it on disk, written in the same batch as its rows.
struct GenerationRecord {
  std::string projection;
  uint32_t version = 0;  // Of the projection that built it.
  uint32_t number = 0;   // From 1; a later build has a greater one.
  ViewState state = ViewState::kBuilding;
  Position checkpoint;      // The last event applied.
  Digest last_event{};      // SHA-256 of that event's stored bytes; zeros at checkpoint 0.
  Position fault_position;  // kFaulted: the event that could not be applied, and why. The checkpoint is before it.
  std::string error;

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.projection, row.version, row.number, row.state, row.checkpoint, row.last_event,
                    row.fault_position, row.error);
  }
  friend bool operator==(const GenerationRecord&, const GenerationRecord&) = default;
};

// The two column families of a generation. Readers share it, so a generation that is dropped while it is being
// read goes away after its last reader. Safe from any thread.
class Generation {
 public:
  Generation(std::shared_ptr<rocksdb::DB> db, rocksdb::ColumnFamilyHandle* latest, rocksdb::ColumnFamilyHandle* history);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* latest() const { return latest_; }    // key -> row; indexes too
  rocksdb::ColumnFamilyHandle* history() const { return history_; }  // key | ~be64(position) -> 1 row, or 0: erased

 private:
  std::shared_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* latest_;
  rocksdb::ColumnFamilyHandle* history_;
};

inline constexpr char kErasedMark = 0;
inline constexpr char kRowMark = 1;

// key | ~be64(position): sorts a key's rows newest first.
std::string history_key(std::string_view key, Position position);

}  // namespace civiclog
