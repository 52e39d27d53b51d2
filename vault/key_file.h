#pragma once

#include <atomic>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/id.h"
#include "base/result.h"
#include "storage/file_calls.h"

// The bytes of the key store on disk: one file, readable by its owner only, small enough to be rewritten
// whole, so that a destroyed key is in no file afterwards. KeyStore is its only user.
//
// Header, 32 bytes (every later format keeps it)    Record number n (from 0), 56 bytes
//   0  8  "CIVICKEY"                                  0   1  kind (KeyKind)
//   8  4  format version, little-endian               1   1  0 key, 1 destroyed
//  12 16  log id                                      2  16  id
//  28  4  CRC-32C of bytes 0-27                      18  32  the key; zeros if destroyed
//                                                    50   4  CRC-32C of n (8 bytes) and bytes 0-49
//                                                    54   2  end mark 0xA55A
//
// Records are in the order of their making and are never removed. An append that never returned may leave an
// incomplete record, possibly followed by zeros, at the end: that is dropped. Damage anywhere else is kCorrupt.
//
// Replacing: FILE.new is written and flushed, the old file gets a second name FILE.old, FILE.new is renamed
// over FILE, and FILE.old is filled with zeros before it is removed. A crash leaves at most FILE.new or
// FILE.old, which the next opening for writing wipes. On a copy-on-write file system or a flash disk the medium
// may keep old blocks nevertheless: encrypt the disk.
//
// Threads: one at a time. Only one process may hold it for writing (the vault's database lock sees to that);
// any number may read meanwhile.

namespace civiclog {

enum class KeyKind : uint8_t { kAuthor = 1, kBox = 2, kIndex = 3 };

struct KeyName {
  KeyKind kind;
  Uuid id;

  friend bool operator==(const KeyName&, const KeyName&) = default;
};

struct KeyRecord {
  KeyName name;
  bool destroyed = false;
  Key key{};
};

enum class KeyAccess { kWrite, kRead };

class KeyFile {
 public:
  // Fails if the file exists.
  static Status create(const std::filesystem::path& path, LogId log, std::span<const KeyRecord> records,
                       FileCalls& calls = FileCalls::system());
  KeyFile(std::filesystem::path path, LogId log, KeyAccess access, FileCalls& calls = FileCalls::system())
      : path_(std::move(path)), log_(log), access_(access), calls_(calls) {}
  ~KeyFile();
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;

  // All records. With kWrite an incomplete end is cut off. kIncompatible: another log's, or a newer format.
  Result<std::vector<KeyRecord>> read();
  // Whether the file has grown or been replaced since read().
  Result<bool> has_changed() const;

  // Both need a read() before. Durable on return; one flush each. When they fail, nothing has changed, or
  // the state on disk is unknown and every later change is refused until the file is opened again.
  Status append(std::span<const KeyRecord> records);
  Status replace(std::span<const KeyRecord> records);
  // Why no more is written until it is opened again; empty when all is well. From any thread.
  std::string failure() const;
  // To be called after replace(): ends the former file's existence.
  Status wipe_leftovers();

 private:
  Result<bool> was_replaced() const;
  Result<std::vector<KeyRecord>> parse(std::string_view bytes);
  Status cut_end();

  std::filesystem::path path_;
  LogId log_;
  KeyAccess access_;
  FileCalls& calls_;
  int fd_ = -1;
  size_t size_ = 0;        // Of the header and the whole records.
  size_t read_size_ = 0;   // Of the file when it was read, with an incomplete end.
  std::atomic<bool> broken_{false};
};

}  // namespace civiclog
