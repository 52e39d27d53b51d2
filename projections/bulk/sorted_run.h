#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "projections/bulk/key_filter.h"
#include "projections/bulk/row_buffer.h"

namespace rocksdb {
class Env;
class RandomAccessFile;
class SequentialFile;
}  // namespace rocksdb

// A file of rows in the order of their keys, for as long as a build takes: a buffer that was full. Never flushed, never read by
// another process. Row: key size u32, value size u32, key, value. Errors: kIo.

namespace civiclog {

class SortedRun {
 public:
  // Of a sorted buffer. A searchable one takes about 24 bits of memory a row.
  static Result<std::unique_ptr<SortedRun>> write(rocksdb::Env& env, std::string path, const RowBuffer& rows, bool searchable);
  ~SortedRun();  // Removes the file.
  SortedRun(const SortedRun&) = delete;
  SortedRun& operator=(const SortedRun&) = delete;

  // The newest value of the key; only of a searchable run. From one thread.
  Result<std::optional<std::string>> find(std::string_view key) const;
  bool may_have(std::string_view key) const { return filter_ && filter_->may_have(key); }

  // Goes through a run once.
  class Cursor {
   public:
    static Result<std::unique_ptr<Cursor>> open(const SortedRun& run);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    bool valid() const { return valid_; }
    RowView row() const { return row_; }  // Until next().
    Status next();

   private:
    Cursor();
    Status fill(size_t wanted);

    std::unique_ptr<rocksdb::SequentialFile> file_;
    std::string buffer_;
    size_t at_ = 0;
    bool valid_ = false;
    RowView row_;
  };

 private:
  struct Mark {
    std::string key;
    uint64_t offset;
  };

  SortedRun(rocksdb::Env& env, std::string path);

  rocksdb::Env& env_;
  const std::string path_;
  uint64_t size_ = 0;
  std::optional<KeyFilter> filter_;
  std::vector<Mark> marks_;  // Every kMarkEvery bytes, for find().
  std::unique_ptr<rocksdb::RandomAccessFile> file_;
};

}  // namespace civiclog
