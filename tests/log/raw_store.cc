#include "tests/log/raw_store.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/check.h"

namespace civiclog {
namespace {

void require(const rocksdb::Status& status) { ASSERT_TRUE(status.ok()) << status.ToString(); }

}  // namespace

RawStore::RawStore(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  require(rocksdb::DB::ListColumnFamilies({}, directory.string(), &names));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  rocksdb::DB* db = nullptr;
  require(rocksdb::DB::Open({}, directory.string(), families, &handles_, &db));
  db_.reset(db);
}

RawStore::~RawStore() {
  for (auto* handle : handles_) require(db_->DestroyColumnFamilyHandle(handle));
}

rocksdb::ColumnFamilyHandle* RawStore::find(const std::string& family) {
  for (auto* handle : handles_) {
    if (handle->GetName() == family) return handle;
  }
  CHECK(false);
}

std::optional<std::string> RawStore::get(const std::string& family, const std::string& key) {
  std::string value;
  return db_->Get({}, find(family), key, &value).ok() ? std::optional(value) : std::nullopt;
}

void RawStore::put(const std::string& family, const std::string& key, const std::string& value) {
  require(db_->Put({}, find(family), key, value));
}

void RawStore::erase(const std::string& family, const std::string& key) { require(db_->Delete({}, find(family), key)); }

void RawStore::drop_family(const std::string& family) { require(db_->DropColumnFamily(find(family))); }

void RawStore::flush() { require(db_->Flush({}, handles_)); }

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void flip_byte(const std::filesystem::path& path, size_t offset) {
  std::string bytes = read_file(path);
  ASSERT_LT(offset, bytes.size());
  bytes[offset] = static_cast<char>(bytes[offset] ^ 0x5a);
  write_file(path, bytes);
}

std::filesystem::path file_with(const std::filesystem::path& directory, const std::string& extension) {
  std::filesystem::path found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != extension) continue;
    if (found.empty() || entry.file_size() > std::filesystem::file_size(found)) found = entry.path();
  }
  EXPECT_FALSE(found.empty()) << "no file *" << extension << " in " << directory;
  return found;
}

}  // namespace civiclog
