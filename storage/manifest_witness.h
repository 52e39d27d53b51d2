#pragma once

#include <memory>
#include <string>

#include <rocksdb/listener.h>

#include "base/result.h"
#include "storage/store_name.h"

namespace rocksdb {
class Env;
}

// How far the list of a store's files had come: the small file `files-seen` in its directory, one line:
//
//   MANIFEST-000046 3553 CRC-32C CRC-32C      the list, its bytes, the checksum of those bytes, and that of the line before it
//
// RocksDB takes whatever it cannot read at the end of its MANIFEST for the torn end of a write: it opens the store as it was before,
// without a word, and removes the table files it no longer knows. This file remembers that there was more, and what it was. Marks of
// earlier versions, without the checksum of the bytes, still say how many there were.
//
// A MANIFEST only grows, or gives way to one with a higher number. What is behind the mark after a crash (lists that grew in the moment
// before it) is not vouched for. The bytes are on disk before the mark that speaks of them: it accuses nobody after a power cut.
//
// Threads: any.

namespace civiclog {

class ManifestWitness final : public rocksdb::EventListener {
 public:
  // To be given to the database's options: then it writes after each flush and compaction.
  ManifestWitness(std::string directory, rocksdb::Env& env) : directory_(std::move(directory)), env_(env) {}

  // kCorrupt kDamagedFiles when the MANIFEST is behind what was seen, or another. A store never seen, or a damaged witness, says nothing.
  static Status check(const StoreName& name, const std::string& directory, rocksdb::Env& env);
  // Also after opening, closing, and changing column families. A failure is passed over: the old mark stays true.
  static void record(const std::string& directory, rocksdb::Env& env);

  // The MANIFEST of now could not be written or synced: what a later sync says of it is not to be believed, so no more marks are made of it.
  // RocksDB goes on with a new one, if it goes on.
  static void distrust(const std::string& directory, rocksdb::Env& env);

  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { record(directory_, env_); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { record(directory_, env_); }
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override { distrust(directory_, env_); }

 private:
  const std::string directory_;
  rocksdb::Env& env_;
};

}  // namespace civiclog
