#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rocksdb/db.h>

// The log's RocksDB with the log's back turned: tests damage rows and files through it. One at a time, and not
// while the log is open.

namespace civiclog {

class RawStore {
 public:
  explicit RawStore(const std::filesystem::path& directory);
  ~RawStore();
  RawStore(const RawStore&) = delete;
  RawStore& operator=(const RawStore&) = delete;

  std::optional<std::string> get(const std::string& family, const std::string& key);
  void put(const std::string& family, const std::string& key, const std::string& value);
  void erase(const std::string& family, const std::string& key);
  void drop_family(const std::string& family);
  // Everything into table files, nothing left in the write-ahead log.
  void flush();

 private:
  rocksdb::ColumnFamilyHandle* find(const std::string& family);

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);
void flip_byte(const std::filesystem::path& path, size_t offset);
// The only file in the directory with that extension, e.g. ".log"; the largest, if there are several.
std::filesystem::path file_with(const std::filesystem::path& directory, const std::string& extension);

}  // namespace civiclog
