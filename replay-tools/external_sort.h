#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <queue>
#include <vector>

#include "replay-tools/record_run.h"

// Sorts more records than fit in memory: what has gathered is sorted and put aside in a scratch file, and at the end these runs
// are merged. Up to `memory_bytes` it stays in memory. First every add(), then finish(), then next() until it says false. Equal
// records come in any order. One thread.
//
// Memory: `memory_bytes` while gathering; when merging as much, shared among the runs, each of which gets kLeastBufferBytes at least.

namespace civiclog {

template <typename Record>
class ExternalSort {
 public:
  static constexpr size_t kLeastBufferBytes = 4 << 10;

  // The scratch file is made in `directory`, when it is needed.
  ExternalSort(std::filesystem::path directory, size_t memory_bytes)
      : directory_(std::move(directory)), memory_bytes_(memory_bytes), limit_(std::max<size_t>(2, memory_bytes / sizeof(Record))) {}

  Status add(const Record& record) {
    if (gathered_.empty()) gathered_.reserve(limit_);
    gathered_.push_back(record);
    ++size_;
    return gathered_.size() < limit_ ? Status{} : put_aside();
  }

  Status finish() {
    if (file_ == nullptr) {
      std::sort(gathered_.begin(), gathered_.end());
      return {};
    }
    if (Status aside = put_aside(); !aside) return aside;
    gathered_ = {};
    const size_t buffer = std::max(kLeastBufferBytes, memory_bytes_ / ends_.size());
    for (size_t i = 0; i < ends_.size(); ++i) {
      runs_.push_back(std::make_unique<RecordReader<Record>>(*file_, i == 0 ? 0 : ends_[i - 1], ends_[i], buffer));
      if (Status queued = queue(runs_.back().get()); !queued) return queued;
    }
    return {};
  }

  // Makes head() the next record in order. False at the end.
  Result<bool> next() {
    if (file_ == nullptr) {
      if (place_ == gathered_.size()) return false;
      head_ = gathered_[place_++];
      return true;
    }
    if (heads_.empty()) return false;
    RecordReader<Record>* const first = heads_.top();
    heads_.pop();
    head_ = first->head();
    if (Status queued = queue(first); !queued) return queued.error();
    return true;
  }
  const Record& head() const { return head_; }
  uint64_t size() const { return size_; }

 private:
  struct IsLater {
    bool operator()(const RecordReader<Record>* a, const RecordReader<Record>* b) const { return b->head() < a->head(); }
  };

  Status put_aside() {
    if (gathered_.empty()) return {};
    if (file_ == nullptr) {
      Result<std::unique_ptr<ScratchFile>> file = ScratchFile::create(directory_);
      if (!file) return file.error();
      file_ = std::move(*file);
    }
    std::sort(gathered_.begin(), gathered_.end());
    if (Status written = file_->append(gathered_.data(), gathered_.size() * sizeof(Record)); !written) return written;
    ends_.push_back(file_->size());
    gathered_.clear();
    return {};
  }

  Status queue(RecordReader<Record>* run) {
    const Result<bool> more = run->next();
    if (!more) return more.error();
    if (*more) heads_.push(run);
    return {};
  }

  const std::filesystem::path directory_;
  const size_t memory_bytes_;
  const size_t limit_;
  std::vector<Record> gathered_;
  size_t place_ = 0;
  uint64_t size_ = 0;
  Record head_{};
  std::unique_ptr<ScratchFile> file_;  // nullptr: everything is in memory.
  std::vector<uint64_t> ends_;         // Of the runs, in bytes.
  std::vector<std::unique_ptr<RecordReader<Record>>> runs_;
  std::priority_queue<RecordReader<Record>*, std::vector<RecordReader<Record>*>, IsLater> heads_;
};

}  // namespace civiclog
