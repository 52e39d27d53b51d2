#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/id.h"
#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "vault/vault.h"

// The rows of the vault's database. All integers little-endian unless "be". Pure; any thread.
//
//   key                        value
//   'm' "format"               u32 version | log id 16           written last when a vault is made
//   'm' "keys"                 u64 records | u64 destroyed       what the key file must at least hold
//   'm' "erasures"             u64 position                      erasures of the log applied up to here
//   'w' word id                author 16 | sealed                sealed = AES-256-GCM under the author's key of
//                                                                salt 32 | text, bound to word id | author
//   'a' author, word id        empty                             the words of an author
//   'p' word id                i64 put at (ms) | command id 16   put, its commit not yet confirmed
//   't' word id                u64 position                      erased by the event at that position
//   'c' word id                empty                             erased, its ciphertext still to be compacted away

namespace civiclog::word_rows {

inline constexpr uint32_t kFormatVersion = 1;

std::string format_key();
std::string keys_key();
std::string erasures_key();
std::string word_key(WordId id);
std::string author_prefix(const Uuid& author);
std::string author_key(const Uuid& author, WordId id);
std::string pending_key(WordId id);
std::string tombstone_key(WordId id);
std::string compaction_key(WordId id);
inline constexpr std::string_view kWordPrefix = "w";
inline constexpr std::string_view kPendingPrefix = "p";
inline constexpr std::string_view kCompactionPrefix = "c";
// The id at the end of a word's, an author's, a pending, a tombstone's or a compaction key.
std::optional<WordId> word_of(std::string_view key);

struct Format {
  uint32_t version = kFormatVersion;
  LogId log;
};
std::string encode(const Format& row);
std::optional<Format> decode_format(std::string_view bytes);  // Of a newer version too.

struct KeyCounts {
  uint64_t made = 0;
  uint64_t destroyed = 0;
};
std::string encode(const KeyCounts& row);
std::optional<KeyCounts> decode_key_counts(std::string_view bytes);

struct Pending {
  Timestamp put_at;
  CommandId command;
};
std::string encode(const Pending& row);
std::optional<Pending> decode_pending(std::string_view bytes);

std::string encode(Position position);
std::optional<Position> decode_position(std::string_view bytes);

std::string seal_word(const Key& key, const Word& word);
std::optional<Uuid> author_of(std::string_view row);
// nullopt: damaged, or another key.
std::optional<WordContent> open_word(const Key& key, WordId id, std::string_view row);

}  // namespace civiclog::word_rows
