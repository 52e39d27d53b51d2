#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/id.h"
#include "base/position.h"
#include "base/result.h"
#include "events/envelope.h"

namespace rocksdb {
class Env;
class RandomRWFile;
}  // namespace rocksdb

// How far the log had come: the small file `head` in the log's directory. RocksDB forgets everything behind a damaged
// record of its write-ahead log without a word; this file remembers that there was more. It is written after a batch
// is durable and before anybody is told, and flushed only now and then. So it is never ahead of the log; after the
// death of the process it is exact, after the death of the machine a fraction of a second behind.
//
// Two slots, at byte 0 and at byte 4,096, written in turn, so that a torn write leaves the one before:
//
//   offset  size  field
//        0     4  magic "CVHA"
//        4     4  format number, 1
//        8    16  log id
//       24     8  position of the last event, 0 for an empty log
//       32     4  that event's own checksum (its last four bytes; a checksum over all of it would be a constant)
//       36     4  CRC-32C of all bytes before it
//
// The slot with the higher position counts. Threads: one at a time; read() from any.

namespace civiclog {

struct HeadMark {
  Position position;
  uint32_t event_checksum = 0;
  friend bool operator==(const HeadMark&, const HeadMark&) = default;
};

// The mark for a log that ends with this event.
HeadMark mark_of(const StoredEvent& event);

// See RocksLog::accept_present_head().
struct AcceptedHead {
  Position head;
  std::optional<Position> acknowledged;  // How far the log had come before; nullopt when nobody knows any more.

  bool gave_up_nothing() const { return acknowledged == head; }
};

class HeadAnchor {
 public:
  // Writes a new file, or replaces an old one, durably.
  static Status create(rocksdb::Env& env, const std::string& directory, LogId log, HeadMark mark);
  static bool exists(rocksdb::Env& env, const std::string& directory);
  // kCorrupt when both slots are damaged, kIncompatible when it is another log's or of a newer format. Without a log
  // id, that of any log.
  static Result<HeadMark> read(rocksdb::Env& env, const std::string& directory, std::optional<LogId> log);
  static Result<std::unique_ptr<HeadAnchor>> open(rocksdb::Env& env, const std::string& directory, LogId log);
  ~HeadAnchor();
  HeadAnchor(const HeadAnchor&) = delete;
  HeadAnchor& operator=(const HeadAnchor&) = delete;

  // Reaches the operating system, not the disk.
  Status write(HeadMark mark);
  // Flushes what write() wrote; nothing to do, nothing done.
  Status sync();
  bool needs_sync() const { return needs_sync_; }

 private:
  HeadAnchor(LogId log, std::string path, std::unique_ptr<rocksdb::RandomRWFile> file, size_t next_slot);

  const LogId log_;
  const std::string path_;
  const std::unique_ptr<rocksdb::RandomRWFile> file_;
  size_t next_slot_;
  bool needs_sync_ = false;
};

}  // namespace civiclog
