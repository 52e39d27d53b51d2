#include "events/log_tuning.h"

#include <array>
#include <cstdarg>
#include <memory>

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "base/check.h"
#include "events/stream_id.h"

namespace civiclog {
namespace {

constexpr size_t kEventBlockBytes = 16u << 10;
constexpr size_t kIndexBlockBytes = 8u << 10;
constexpr size_t kWriteBufferBytes = 16u << 20;
constexpr double kFilterBitsPerKey = 10;
constexpr double kMemtableFilterShare = 0.02;
constexpr size_t kSharedKeyBytes = 2;  // Of the positions of any log that will ever be.
constexpr int kCacheShardBits = 2;
constexpr size_t kMaxInfoLogFiles = 4;
constexpr size_t kMaxInfoLogBytes = 4u << 20;

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::ColumnFamilyOptions family_options(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.block_size = family == Family::kEvents ? kEventBlockBytes : kIndexBlockBytes;

  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytes;
  options.compression = rocksdb::kZSTD;
  options.level_compaction_dynamic_level_bytes = true;
  if (family != Family::kEvents && family != Family::kMeta) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
    options.memtable_prefix_bloom_size_ratio = kMemtableFilterShare;
    table.partition_filters = family != Family::kStreams;  // Theirs is of prefixes, and small.
  }
  // Positions only grow, so that a new one always belongs behind the last.
  if (family == Family::kEvents) options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kSharedKeyBytes));
  if (family == Family::kStreams) {
    // Read by stream, never by whole key.
    table.whole_key_filtering = false;
    options.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(StreamId::kSize));
  } else {
    options.memtable_whole_key_filtering = options.memtable_prefix_bloom_size_ratio > 0;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

const std::string& name_of(Family family) {
  static const std::array<std::string, kFamilies> kNames = {rocksdb::kDefaultColumnFamilyName, "events", "streams",
                                                            "heads", "commands"};
  const auto index = static_cast<size_t>(family);
  CHECK(index < kNames.size());
  return kNames[index];
}

rocksdb::DBOptions database_options(StoreAccess access, rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  // Stops at the first damaged record instead of refusing: an unacknowledged commit may be torn in any way by a power
  // cut. That nothing acknowledged lay behind it is for the head anchor to say.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_total_wal_size = kMaxWalBytes;
  options.db_write_buffer_size = kMaxMemtableBytes;
  options.max_background_jobs = 2;
  options.allow_concurrent_memtable_write = false;  // There is one writer.
  // The log stops for good after a failed write; RocksDB must not start again behind its back.
  options.max_bgerror_resume_count = 0;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  options.max_open_files = access == StoreAccess::kWrite ? kMaxOpenFiles : -1;  // A secondary must keep all open.
  if (access == StoreAccess::kWrite) {
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.keep_log_file_num = kMaxInfoLogFiles;
    options.max_log_file_size = kMaxInfoLogBytes;
  } else {
    options.info_log = std::make_shared<SilentLogger>();
  }
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(size_t cache_bytes) {
  // In few parts: what is larger than a part is never kept, and was read anew for each look at a million commands.
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(cache_bytes, kCacheShardBits);
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (size_t index = 0; index < kFamilies; ++index) {
    const auto family = static_cast<Family>(index);
    out.emplace_back(name_of(family), family_options(family, cache));
  }
  return out;
}

}  // namespace civiclog
