#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <rocksdb/db.h>

#include "base/result.h"
#include "projections/views.h"
#include "storage/store_name.h"

// The RocksDB of the read models: its options, and opening it with all its column families. Only for the sources of this
// layer. Errors: those of storage/.

namespace civiclog {

inline constexpr StoreName kViewsStore = {"The database of read models", "run `civic-replay rebuild`"};

struct OpenedDatabase {
  std::shared_ptr<rocksdb::DB> db;
  // By name; the owner gives them back. Without that of the default column family, which is reached through the database.
  std::map<std::string, rocksdb::ColumnFamilyHandle*> handles;
};

rocksdb::Options views_database_options(const ViewsOptions& options);
Result<OpenedDatabase> open_views_to_write(const std::filesystem::path& directory, const ViewsOptions& options);
// Beside a running writer. kUnavailable when the writer moves rows so often that none of kMaxOpenAttempts saw it still.
inline constexpr int kMaxOpenAttempts = 20;
Result<OpenedDatabase> open_views_beside(const std::filesystem::path& directory, const std::filesystem::path& scratch,
                                         const ViewsOptions& options);

}  // namespace civiclog
