#include "vault/vault.h"

#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include "vault/key_store.h"
#include "vault/word_rows.h"
#include "vault/word_table.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;
namespace rows = word_rows;

constexpr const char* kWordsDirectory = "words";
constexpr const char* kKeysFile = "keys";
constexpr KeyName kIndexKeyName{KeyKind::kIndex, Uuid{}};

KeyName author_key_name(const Uuid& author) { return {KeyKind::kAuthor, author}; }
KeyName box_key_name(BoxId box) { return {KeyKind::kBox, box.uuid}; }

rocksdb::Env& env_of(const VaultOptions& options) { return options.env != nullptr ? *options.env : *rocksdb::Env::Default(); }
FileCalls& calls_of(const VaultOptions& options) { return options.file_calls != nullptr ? *options.file_calls : FileCalls::system(); }

Error damaged_row(const char* what) {
  return corrupt(fmt::format("The vault's record of {} is damaged: restore the vault from its backup.", what));
}

Status check_format(const WordTable& table, const fs::path& directory, LogId log) {
  const Result<std::optional<std::string>> row = table.get(rows::format_key());
  if (!row) return row.error();
  if (!*row) {
    return corrupt(fmt::format("The vault in {} has lost the record of its format: restore the vault from its backup.",
                               directory.string()));
  }
  const std::optional<rows::Format> format = rows::decode_format(**row);
  if (!format || format->version == 0) return damaged_row("its format");
  if (format->version > rows::kFormatVersion) {
    return incompatible(fmt::format("The vault in {} has format {}, this program reads up to {}: use a newer program.",
                                    directory.string(), format->version, rows::kFormatVersion));
  }
  if (format->log != log) {
    return incompatible(fmt::format("The vault in {} belongs to log {}, not to {}: use the vault of this installation.",
                                    directory.string(), format->log.text(), log.text()));
  }
  return {};
}

Status check_words(std::span<const Word> words) {
  if (words.size() > kMaxWordsPerCall) {
    return invalid_argument(fmt::format("At most {} words can be put at once.", kMaxWordsPerCall));
  }
  std::unordered_set<WordId, UuidHash> seen;
  for (const Word& word : words) {
    if (word.id.is_nil() || word.author.is_nil() || word.command.is_nil()) {
      return invalid_argument("A word needs an id, an author and the id of the command that brings it.");
    }
    if (word.text.size() > kMaxVaultTextBytes) {
      return invalid_argument(fmt::format("A text has {} bytes, at most {} are kept: shorten it.", word.text.size(),
                                          kMaxVaultTextBytes));
    }
    if (!seen.insert(word.id).second) {
      return Error{ErrorCode::kConflict, fmt::format("The word {} is named twice.", word.id.text()), {}};
    }
  }
  return {};
}

}  // namespace

Vault::Vault(std::unique_ptr<WordTable> table, std::unique_ptr<KeyStore> keys, bool writable)
    : table_(std::move(table)), keys_(std::move(keys)), writable_(writable) {}

Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::create(const fs::path& directory, LogId log, VaultOptions options) {
  if (log.is_nil()) return invalid_argument("A vault needs the id of its log.");
  std::error_code failure;
  fs::create_directories(directory, failure);
  const bool empty = !failure && fs::is_empty(directory, failure);
  if (!failure && !empty) {
    return Error{ErrorCode::kConflict,
                 fmt::format("The directory {} is not empty: name another for the new vault.", directory.string()), {}};
  }
  if (!failure) fs::permissions(directory, fs::perms::owner_all, failure);
  if (failure) {
    return io_error(
        fmt::format("The vault's directory {} could not be made: {}.", directory.string(), failure.message()));
  }
  Result<std::unique_ptr<WordTable>> table = WordTable::create(directory / kWordsDirectory, env_of(options));
  if (!table) return table.error();
  const Status keys = KeyStore::create(directory / kKeysFile, log, {&kIndexKeyName, 1}, calls_of(options));
  if (!keys) return keys.error();
  // Last, so that a vault without it is known to be half-made.
  rocksdb::WriteBatch batch;
  batch.Put(rows::keys_key(), rows::encode(rows::KeyCounts{1, 0}));
  batch.Put(rows::format_key(), rows::encode(rows::Format{rows::kFormatVersion, log}));
  if (Status status = (*table)->write(batch); !status) return status.error();
  if (Status status = (*table)->sync(); !status) return status.error();
  return assemble(std::move(*table), directory, log, true, calls_of(options));
}

Result<std::unique_ptr<Vault>> Vault::open(const fs::path& directory, LogId log, VaultOptions options) {
  Result<std::unique_ptr<WordTable>> table = WordTable::open(directory / kWordsDirectory, env_of(options));
  if (!table) return table.error();
  Result<std::unique_ptr<Vault>> vault = assemble(std::move(*table), directory, log, true, calls_of(options));
  if (!vault) return vault;
  if (Status status = (*vault)->finish_compactions(); !status) return status.error();
  return vault;
}

Result<std::unique_ptr<Vault>> Vault::open_secondary(const fs::path& directory, LogId log, const fs::path& scratch,
                                                     VaultOptions options) {
  Result<std::unique_ptr<WordTable>> table = WordTable::open_secondary(directory / kWordsDirectory, scratch, env_of(options));
  if (!table) return table.error();
  return assemble(std::move(*table), directory, log, false, calls_of(options));
}

Result<std::unique_ptr<Vault>> Vault::assemble(std::unique_ptr<WordTable> table, const fs::path& directory, LogId log,
                                               bool writable, FileCalls& calls) {
  if (Status status = check_format(*table, directory, log); !status) return status.error();
  // The words are opened before the keys, here and in catch_up(): a key is on disk before what it seals, so
  // a reader never sees a word without its key.
  Result<std::unique_ptr<KeyStore>> keys =
      KeyStore::open(directory / kKeysFile, log, writable ? KeyAccess::kWrite : KeyAccess::kRead, calls);
  if (!keys) return keys.error();
  std::unique_ptr<Vault> vault(new Vault(std::move(table), std::move(*keys), writable));
  if (Status status = vault->check_key_counts(); !status) return status.error();
  if (Status status = vault->load_erasures_applied(); !status) return status.error();
  const KeyLookup index = vault->keys_->find(kIndexKeyName);
  if (index.state != KeyState::kPresent) return damaged_row("the index key");
  vault->index_key_ = index.key;
  return vault;
}

Status Vault::check_key_counts() const {
  const Result<std::optional<std::string>> row = table_->get(rows::keys_key());
  if (!row) return row.error();
  const std::optional<rows::KeyCounts> counts = *row ? rows::decode_key_counts(**row) : std::nullopt;
  if (!counts) return damaged_row("its keys");
  if (keys_->made() >= counts->made && keys_->destroyed() >= counts->destroyed) return {};
  return corrupt(fmt::format(
      "The vault's key file is older than its words ({} keys, {} destroyed, where {} and {} were acknowledged): "
      "restore keys and words from the same backup.",
      keys_->made(), keys_->destroyed(), counts->made, counts->destroyed));
}

Status Vault::load_erasures_applied() {
  const Result<std::optional<std::string>> row = table_->get(rows::erasures_key());
  if (!row) return row.error();
  if (!*row) return {};
  const std::optional<Position> position = rows::decode_position(**row);
  if (!position) return damaged_row("the erasures");
  erasures_applied_ = position->value;
  return {};
}

Status Vault::require_writable() const {
  if (writable_) return {};
  return invalid_argument("This vault is opened for reading only: change it through the running service.");
}

Status Vault::catch_up() {
  if (writable_) return {};
  if (Status status = table_->catch_up(); !status) return status;
  if (Status status = keys_->reload(); !status) return status;
  if (Status status = check_key_counts(); !status) return status;
  return load_erasures_applied();
}

Status Vault::put(std::span<const Word> words, Timestamp now) {
  if (Status status = require_writable(); !status) return status;
  if (Status status = check_words(words); !status) return status;
  if (words.empty()) return {};
  {
    const std::scoped_lock lock(mutex_);
    for (const Word& word : words) {
      if (Status status = check_new(word); !status) return status;
    }
    rocksdb::WriteBatch batch;
    if (Status status = make_missing_author_keys(words, batch); !status) return status;
    for (const Word& word : words) {
      batch.Put(rows::word_key(word.id), rows::seal_word(keys_->find(author_key_name(word.author)).key, word));
      batch.Put(rows::author_key(word.author, word.id), rocksdb::Slice());
      batch.Put(rows::pending_key(word.id), rows::encode(rows::Pending{now, word.command}));
    }
    if (Status status = table_->write(batch); !status) return status;
  }
  return table_->sync();
}

Status Vault::check_new(const Word& word) const {
  const Result<std::optional<std::string>> tombstone = table_->get(rows::tombstone_key(word.id));
  if (!tombstone) return tombstone.error();
  if (*tombstone) {
    return rejected("words_erased", fmt::format("The word {} was erased and cannot come back.", word.id.text()));
  }
  if (keys_->find(author_key_name(word.author)).state == KeyState::kDestroyed) {
    return rejected("words_erased",
                    fmt::format("The words of {} were erased, and no more are accepted.", word.author.text()));
  }
  const Result<std::optional<std::string>> present = table_->get(rows::word_key(word.id));
  if (!present) return present.error();
  if (!*present) return {};
  return Error{ErrorCode::kConflict,
               fmt::format("The word {} is here already: give a new word a new id.", word.id.text()), {}};
}

Status Vault::make_missing_author_keys(std::span<const Word> words, rocksdb::WriteBatch& batch) {
  std::vector<KeyName> missing;
  std::unordered_set<Uuid, UuidHash> seen;
  for (const Word& word : words) {
    if (keys_->find(author_key_name(word.author)).state == KeyState::kPresent) continue;
    if (!seen.insert(word.author).second) continue;
    missing.push_back(author_key_name(word.author));
  }
  if (missing.empty()) return {};
  if (Status status = keys_->make(missing); !status) return status;
  stage_key_counts(batch);
  return {};
}

void Vault::stage_key_counts(rocksdb::WriteBatch& batch) const {
  batch.Put(rows::keys_key(), rows::encode(rows::KeyCounts{keys_->made(), keys_->destroyed()}));
}

Status Vault::write_key_counts() {
  rocksdb::WriteBatch batch;
  stage_key_counts(batch);
  if (Status status = table_->write(batch); !status) return status;
  return table_->sync();
}

Result<WordLookup> Vault::get(WordId word) const {
  // In this order: an erasure between the two reads is seen by the second.
  const Result<std::optional<std::string>> row = table_->get(rows::word_key(word));
  if (!row) return row.error();
  const Result<std::optional<std::string>> tombstone = table_->get(rows::tombstone_key(word));
  if (!tombstone) return tombstone.error();
  if (*tombstone) return WordLookup{WordState::kErased, {}};
  if (!*row) return WordLookup{WordState::kNotHere, {}};
  return look_into(word, **row);
}

Result<WordLookup> Vault::look_into(WordId word, std::string_view row) const {
  const std::optional<Uuid> author = rows::author_of(row);
  const KeyLookup key = author ? keys_->find(author_key_name(*author)) : KeyLookup{};
  if (key.state == KeyState::kDestroyed) return WordLookup{WordState::kErased, {}};
  std::optional<WordContent> content;
  if (key.state == KeyState::kPresent) content = rows::open_word(key.key, word, row);
  if (content) return WordLookup{WordState::kPresent, std::move(content)};
  return corrupt(fmt::format("The word {} cannot be decrypted: restore the vault from its backup.", word.text()));
}

Status Vault::check_still_files(const fs::path& directory, FileDepth depth, const BytesProgress& progress) {
  return civiclog::check_still_files(kVaultStore, (directory / kWordsDirectory).string(), depth, *rocksdb::Env::Default(), progress);
}

Status Vault::read_every_block(const std::stop_token& stop, const BytesProgress& progress) const {
  return civiclog::read_every_block(kVaultStore, table_->db(), stop, progress);
}

std::string Vault::failure() const {
  std::string words = table_->failure();
  return words.empty() ? keys_->failure() : words;
}

uint64_t Vault::changes() const { return table_->writes() + keys_->made() + keys_->destroyed(); }

uint64_t Vault::table_bytes() const { return civiclog::table_bytes(table_->db()); }

Status Vault::for_each_word(const std::function<Status(WordId, const WordLookup&)>& visit) const {
  return table_->scan(rows::kWordPrefix, [&](std::string_view key, std::string_view) -> Result<bool> {
    const std::optional<WordId> word = rows::word_of(key);
    if (!word) return damaged_row("a word's id");
    const Result<WordLookup> found = get(*word);
    if (!found) return found.error();
    if (Status status = visit(*word, *found); !status) return status.error();
    return true;
  });
}

Result<Key> Vault::make_box_key(BoxId box) {
  if (Status status = require_writable(); !status) return status.error();
  const KeyName name = box_key_name(box);
  const std::scoped_lock lock(mutex_);
  const KeyState state = keys_->find(name).state;
  if (state == KeyState::kPresent) {
    return Error{ErrorCode::kConflict, fmt::format("The ballot box {} has its key already.", box.text()), {}};
  }
  if (state == KeyState::kDestroyed) {
    return rejected("box_key_destroyed", fmt::format("The key of ballot box {} was destroyed for good.", box.text()));
  }
  if (Status status = keys_->make({&name, 1}); !status) return status.error();
  if (Status status = write_key_counts(); !status) return status.error();
  return keys_->find(name).key;
}

std::optional<Key> Vault::box_key(BoxId box) const {
  const KeyLookup found = keys_->find(box_key_name(box));
  return found.state == KeyState::kPresent ? std::optional(found.key) : std::nullopt;
}

Status Vault::destroy_box_key(BoxId box) {
  if (Status status = require_writable(); !status) return status;
  const std::scoped_lock lock(mutex_);
  if (keys_->find(box_key_name(box)).state == KeyState::kNeverMade) {
    return not_found(fmt::format("There is no key of ballot box {} here.", box.text()));
  }
  if (Status status = keys_->destroy(box_key_name(box)); !status) return status;
  return write_key_counts();
}

}  // namespace civiclog
