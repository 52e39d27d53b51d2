#pragma once

#include <memory>
#include <string>

#include <rocksdb/listener.h>

#include "base/result.h"
#include "storage/store_name.h"

// How far the list of a store's files had come: the small file `files-seen` in its directory, "MANIFEST-000046 3553 CRC-32C". RocksDB
// passes over a torn end of its MANIFEST without a word, opens the store as it was before, and removes the table files it no longer
// knows. This file remembers that there was more. It is written after RocksDB has synced the MANIFEST, so it is never ahead of it;
// it is not flushed itself, so after a power cut it may be behind, which hides damage and accuses nobody.
//
// A MANIFEST only grows, or gives way to one with a higher number. Threads: any.

namespace civiclog {

class ManifestWitness final : public rocksdb::EventListener {
 public:
  // To be given to the database's options: then it writes after each flush and compaction.
  explicit ManifestWitness(std::string directory) : directory_(std::move(directory)) {}

  // kCorrupt kDamagedFiles when the MANIFEST is behind what was seen. A store never seen, or a damaged witness, says nothing.
  static Status check(const StoreName& name, const std::string& directory);
  // Also after opening and closing. A failure is passed over: the old mark stays true.
  static void record(const std::string& directory);

  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { record(directory_); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { record(directory_); }

 private:
  const std::string directory_;
};

}  // namespace civiclog
