#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "storage/store_name.h"

namespace rocksdb {
class DB;
class Env;
}  // namespace rocksdb

// Whether the table files of a store are all there, whole and readable. A RocksDB secondary passes over a table file that
// is missing and shows the store without it, as if its rows had never been written; and no RocksDB notices a damaged
// block before somebody reads it.
//
// Threads: any.

namespace civiclog {

enum class FileDepth {
  kPresence,    // Each file is there, has its size, and opens.
  kEveryBlock,  // And each of its blocks has its checksum. Reads everything.
};

// Bytes of table files read, and how many there are.
using BytesProgress = std::function<void(uint64_t done, uint64_t total)>;

// What to say when RocksDB did not open the store. It often blames its list of files when a table file is at fault, so this
// looks for the one that does not open.
Error opening_failure(const StoreName& name, const std::string& directory, const rocksdb::Status& status, rocksdb::Env& env);

// Of a store that nobody has open for writing; where there is none (no file CURRENT) it says nothing, opening it will. kCorrupt kDamagedFiles; kUnavailable "in_use" when somebody has: then the
// writer has opened its files itself, and read_every_block() is for it.
Status check_still_files(const StoreName& name, const std::string& directory, FileDepth depth, rocksdb::Env& env,
                         const BytesProgress& progress = {});

// Of an open database. Files that compaction removes meanwhile are passed over: their rows are in others, which were checked
// when they were written. Ends early, without an error, when asked to stop.
Status read_every_block(const StoreName& name, rocksdb::DB& db, const std::stop_token& stop = {}, const BytesProgress& progress = {});
uint64_t table_bytes(rocksdb::DB& db);

}  // namespace civiclog
