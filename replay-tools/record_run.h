#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "replay-tools/scratch_file.h"

// Fixed-size records, one after the other in a scratch file, through a buffer: written to the end, or read from one place to
// another. The file must outlive both. One thread.

namespace civiclog {

template <typename Record>
class RecordWriter {
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  RecordWriter(ScratchFile& file, size_t buffer_bytes) : file_(file), limit_(std::max<size_t>(1, buffer_bytes / sizeof(Record))) {
    buffer_.reserve(limit_);
  }

  Status add(const Record& record) {
    buffer_.push_back(record);
    return buffer_.size() < limit_ ? Status{} : flush();
  }
  // Before anything is read, and at the end.
  Status flush() {
    Status written = file_.append(buffer_.data(), buffer_.size() * sizeof(Record));
    buffer_.clear();
    return written;
  }

 private:
  ScratchFile& file_;
  const size_t limit_;
  std::vector<Record> buffer_;
};

template <typename Record>
class RecordReader {
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  // Offsets in bytes.
  RecordReader(const ScratchFile& file, uint64_t begin, uint64_t end, size_t buffer_bytes)
      : file_(file), at_(begin), end_(end), limit_(std::max<size_t>(1, buffer_bytes / sizeof(Record))) {}

  // Makes head() the next record. False at the end.
  Result<bool> next() {
    if (++place_ < buffer_.size()) return true;
    place_ = 0;
    buffer_.resize(std::min<uint64_t>(limit_, (end_ - at_) / sizeof(Record)));
    if (buffer_.empty()) return false;
    if (Status read = file_.read(at_, buffer_.data(), buffer_.size() * sizeof(Record)); !read) return read.error();
    at_ += buffer_.size() * sizeof(Record);
    return true;
  }
  const Record& head() const { return buffer_[place_]; }

 private:
  const ScratchFile& file_;
  uint64_t at_;
  const uint64_t end_;
  const size_t limit_;
  std::vector<Record> buffer_;
  size_t place_ = SIZE_MAX;
};

}  // namespace civiclog
