#pragma once

#include <string>
#include <vector>

#include <rocksdb/db.h>

// How RocksDB keeps the log. Only LogStore uses it. What decides the numbers:
//
//   memory    at most the block cache plus kMaxMemtableBytes, whatever the length of the log; filters and indexes live in the cache
//   start     at most kMaxWalBytes of write-ahead log are replayed
//   disk      events are written in order, so compaction only moves their files: they are compressed well once, at the flush
//   lookups   a new stream or command id is looked up in vain; Bloom filters, in memtables too, make that cheap

namespace civiclog {

inline constexpr size_t kMaxMemtableBytes = 32u << 20;
inline constexpr size_t kMaxWalBytes = 16u << 20;
inline constexpr int kMaxOpenFiles = 512;
inline constexpr size_t kDefaultCacheBytes = 64u << 20;

enum class StoreAccess {
  kWrite,      // The one writer; takes RocksDB's LOCK.
  kInspect,    // Looks, changes nothing on disk. The directory must be still.
  kSecondary,  // Beside a running writer, or on a stopped directory; changes nothing on disk.
};

// In this order, with these names, everywhere.
enum class Family : size_t { kMeta = 0, kEvents, kStreams, kHeads, kCommands };
inline constexpr size_t kFamilies = 5;
const std::string& name_of(Family family);

rocksdb::DBOptions database_options(StoreAccess access, rocksdb::Env* env);
std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(size_t cache_bytes);

}  // namespace civiclog
