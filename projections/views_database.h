#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <rocksdb/db.h>

#include "base/result.h"
#include "projections/views.h"
#include "storage/background_errors.h"
#include "storage/store_name.h"

// The RocksDB of the read models: its options, and opening it with all its column families. Only for the sources of this
// layer. Errors: those of storage/.

namespace civiclog {

inline constexpr StoreName kViewsStore = {"The database of read models", "run `civic-replay rebuild`"};

struct OpenedDatabase {
  std::shared_ptr<rocksdb::DB> db;
  // By name; the owner gives them back. Without that of the default column family, which is reached through the database.
  std::map<std::string, rocksdb::ColumnFamilyHandle*> handles;
  std::shared_ptr<BackgroundErrors> background_errors;
};

rocksdb::Env* env_of(const ViewsOptions& options);
rocksdb::Options views_database_options(const ViewsOptions& options);

// How the rows of a generation are stored: the latest are looked up, the past is sought in. All share one cache.
class ViewsColumns {
 public:
  explicit ViewsColumns(const ViewsOptions& options);
  // By the name of the column family.
  const rocksdb::ColumnFamilyOptions& of(std::string_view name) const;

 private:
  rocksdb::ColumnFamilyOptions latest_;
  rocksdb::ColumnFamilyOptions history_;
};
inline constexpr std::string_view kLatestPart = ".latest";
inline constexpr std::string_view kHistoryPart = ".history";

Result<OpenedDatabase> open_views_to_write(const std::filesystem::path& directory, const ViewsOptions& options,
                                           const ViewsColumns& columns);
// Beside a running writer. kUnavailable when the writer moves rows so often that none of kMaxOpenAttempts saw it still.
inline constexpr int kMaxOpenAttempts = 20;
Result<OpenedDatabase> open_views_beside(const std::filesystem::path& directory, const std::filesystem::path& scratch,
                                         const ViewsOptions& options, const ViewsColumns& columns);

}  // namespace civiclog
