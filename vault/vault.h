#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/crypto.h"
#include "base/id.h"
#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/table_files.h"

namespace rocksdb {
class Env;
class WriteBatch;
}

// Where words, identities (stored as words) and keys live, outside the log, so that they can be erased.
// DIRECTORY/words is a RocksDB with the words, each sealed under its author's key; DIRECTORY/keys has the keys
// (vault/key_file.h). A backup must have both from the same moment: older keys beside newer words are refused.
//
// A word is put before the commit that mentions it, under a fresh id, and is never overwritten. Once the
// commit is in the log it is confirmed; if it never came, collect() removes it. Erased is for ever: an erased id or
// an erased author is refused when it comes again, and its lookup says so.
//
// Erasing a single word under a living author's key rewrites the files that held it; a secondary instance in another
// process lets go of them at its next catch_up(). Erasing an author destroys the key; the ciphertext that remains
// somewhere is then noise.
//
// Threads: all methods from any thread, except that catch_up() must not run beside others. Changes are
// serialised; concurrent puts share a flush. Erasing rewrites files and may take seconds.
// On a secondary all changes fail with kInvalidArgument.

namespace civiclog {

class FileCalls;
class KeyStore;
class WordTable;

inline constexpr size_t kMaxVaultTextBytes = 256 * 1024;
inline constexpr size_t kMaxWordsPerCall = 10'000;  // In one put, confirm, discard or erase_words.
inline constexpr size_t kMaxCollectedPerCall = 10'000;

struct Word {
  WordId id;
  Uuid author;  // Whose words they are: a participant or an organisation.
  ByteArray<32> salt{};
  std::string text;
  CommandId command;  // Whose commit will mention it.
};

struct WordContent {
  ByteArray<32> salt{};
  std::string text;
  Uuid author;
};

enum class WordState { kPresent, kErased, kNotHere };

struct WordLookup {
  WordState state = WordState::kNotHere;
  std::optional<WordContent> content;  // Only with kPresent.
};

struct Collected {
  size_t confirmed = 0;
  size_t removed = 0;
  size_t young = 0;   // Unconfirmed, and not old enough to be asked about.
  bool more = false;  // The limit of one call was reached: call again.
};

// The disk beneath, for tests. Both must outlive the vault; nullptr: the machine's own.
struct VaultOptions {
  rocksdb::Env* env = nullptr;      // Of the words.
  FileCalls* file_calls = nullptr;  // Of the keys.
};

class Vault {
 public:
  // Makes the directory, or fills an empty one; anything else is kConflict.
  static Result<std::unique_ptr<Vault>> create(const std::filesystem::path& directory, LogId log, VaultOptions options = {});
  // kNotFound: no vault. kUnavailable: another process has it. kIncompatible: another installation's, or a newer
  // format. kCorrupt: damaged or half-made.
  static Result<std::unique_ptr<Vault>> open(const std::filesystem::path& directory, LogId log, VaultOptions options = {});
  // Reads beside a running writer. `scratch` is a directory of this reader's own.
  static Result<std::unique_ptr<Vault>> open_secondary(const std::filesystem::path& directory, LogId log,
                                                       const std::filesystem::path& scratch, VaultOptions options = {});
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // On a secondary: sees what the writer has done until now.
  Status catch_up();

  // All or nothing, durable on return. kConflict: an id is here already or repeated. kRejected "words_erased":
  // an id or an author was erased. kInvalidArgument: nil ids, a text or a call over its limit.
  Status put(std::span<const Word> words, Timestamp now);
  // Their commit is in the log. Not flushed: a lost confirmation is found again by collect().
  Status confirm(std::span<const WordId> words);
  // Their command was rejected for certain: removes them. Ids that are not here are passed over; a
  // confirmed one is kInvalidArgument and nothing is removed.
  Status discard(std::span<const WordId> words);
  // kCorrupt: a word that is here but cannot be decrypted.
  Result<WordLookup> get(WordId word) const;

  // Both durable on return; again does nothing; after a failure or a crash call again. Also for words never seen
  // here: they are refused when they come. `event` is the position of the words-erased event.
  Status erase_words(std::span<const WordId> words, Position event);
  Status erase_author(const Uuid& author, Position event);
  // How far the words-erased events of the log have been applied here. Set it after all erasures of an event; a crash
  // before that applies the event again. A lower position than the present one is passed over.
  Position erasures_applied() const { return Position{erasures_applied_.load()}; }
  Status set_erasures_applied(Position position);
  // The log has given up what came after `head`: erasures of events to come are applied again from there. Those that were
  // applied stay.
  Status forget_erasures_after(Position head);

  // Confirms or removes the unconfirmed words put at least `age_ms` before `now`, as `is_committed` says; it is
  // called without a lock. `age_ms` must be longer than any command can be under way, or its words go before its
  // commit comes.
  Result<Collected> collect(Timestamp now, int64_t age_ms,
                            const std::function<Result<bool>(CommandId, WordId)>& is_committed);

  // Random and durable on return. kConflict: it exists. kRejected "box_key_destroyed": it did.
  Result<Key> make_box_key(BoxId box);
  std::optional<Key> box_key(BoxId box) const;  // nullopt: never made here, or destroyed.
  Status destroy_box_key(BoxId box);            // Again does nothing. kNotFound: never made here.
  Key index_key() const { return index_key_; }  // Made with the vault, never changes.

  // Why words or keys are not written any more, as one sentence; empty when all is well.
  std::string failure() const;

  // The files beneath the words; see storage/table_files.h. Keys are read whole at every opening.
  static Status check_still_files(const std::filesystem::path& directory, FileDepth depth, const BytesProgress& progress = {});
  Status read_every_block(const std::stop_token& stop, const BytesProgress& progress = {}) const;
  uint64_t table_bytes() const;

  // Grows with every change of words or keys that a reader can see.
  uint64_t changes() const;

  // For each word that is here, in the order of ids, as of the call; stops at the first error.
  Status for_each_word(const std::function<Status(WordId, const WordLookup&)>& visit) const;

 private:
  Vault(std::unique_ptr<WordTable> table, std::unique_ptr<KeyStore> keys, bool writable);
  static Result<std::unique_ptr<Vault>> assemble(std::unique_ptr<WordTable> table,
                                                 const std::filesystem::path& directory, LogId log, bool writable,
                                                 FileCalls& calls);
  Status require_writable() const;
  Status check_key_counts() const;
  Status load_erasures_applied();
  Status make_missing_author_keys(std::span<const Word> words, rocksdb::WriteBatch& batch);
  Status check_new(const Word& word) const;
  Result<WordLookup> look_into(WordId word, std::string_view row) const;
  void stage_key_counts(rocksdb::WriteBatch& batch) const;
  Status write_key_counts();
  Status finish_compactions();
  Status store_erasures_applied(Position position);
  Result<bool> settle(WordId word, bool committed);

  std::unique_ptr<WordTable> table_;
  std::unique_ptr<KeyStore> keys_;
  const bool writable_;
  Key index_key_{};
  std::atomic<uint64_t> erasures_applied_{0};
  std::mutex mutex_;  // Held by whoever changes words or keys.
};

}  // namespace civiclog
