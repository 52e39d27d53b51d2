#pragma once

#include <mutex>
#include <string>

#include <rocksdb/listener.h>

namespace civiclog {

// What RocksDB could not do for itself in a store: flush, compact, or write a record. It then takes no more writes, and says so only to
// the next one; this says it to whoever asks. Given to a database's options. What RocksDB got over by itself is forgotten.
//
// Threads: any.
class BackgroundErrors final : public rocksdb::EventListener {
 public:
  // RocksDB's own words; empty when there is none.
  std::string present() const {
    const std::scoped_lock lock(mutex_);
    return present_;
  }

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override { set(*error); }
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override { set(info.new_bg_error); }

 private:
  void set(const rocksdb::Status& error) {
    const std::scoped_lock lock(mutex_);
    present_ = error.ok() ? std::string() : error.ToString();
  }

  mutable std::mutex mutex_;
  std::string present_;
};

}  // namespace civiclog
