// The part of Vault by which words leave it: erased, discarded or collected.

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include "vault/key_store.h"
#include "vault/vault.h"
#include "vault/word_rows.h"
#include "vault/word_table.h"

namespace civiclog {
namespace {

namespace rows = word_rows;

constexpr size_t kMaxErasedPerBatch = 10'000;

Status check_count(std::span<const WordId> words) {
  if (words.size() <= kMaxWordsPerCall) return {};
  return invalid_argument(fmt::format("At most {} words can be named at once.", kMaxWordsPerCall));
}

void stage_removal(rocksdb::WriteBatch& batch, WordId word, const std::optional<Uuid>& author) {
  batch.Delete(rows::word_key(word));
  batch.Delete(rows::pending_key(word));
  if (author) batch.Delete(rows::author_key(*author, word));
}

}  // namespace

Status Vault::confirm(std::span<const WordId> words) {
  if (Status status = require_writable(); !status) return status;
  if (Status status = check_count(words); !status) return status;
  rocksdb::WriteBatch batch;
  for (const WordId& word : words) batch.Delete(rows::pending_key(word));
  const std::scoped_lock lock(mutex_);
  return table_->write(batch);
}

Status Vault::discard(std::span<const WordId> words) {
  if (Status status = require_writable(); !status) return status;
  if (Status status = check_count(words); !status) return status;
  const std::scoped_lock lock(mutex_);
  rocksdb::WriteBatch batch;
  for (const WordId& word : words) {
    const Result<std::optional<std::string>> row = table_->get(rows::word_key(word));
    if (!row) return row.error();
    if (!*row) continue;
    const Result<std::optional<std::string>> pending = table_->get(rows::pending_key(word));
    if (!pending) return pending.error();
    if (!*pending) {
      return invalid_argument(fmt::format("The word {} is confirmed: it can be erased, not discarded.", word.text()));
    }
    stage_removal(batch, word, rows::author_of(**row));
  }
  return table_->write(batch);
}

Status Vault::erase_words(std::span<const WordId> words, Position event) {
  if (Status status = require_writable(); !status) return status;
  if (Status status = check_count(words); !status) return status;
  {
    const std::scoped_lock lock(mutex_);
    rocksdb::WriteBatch batch;
    for (const WordId& word : words) {
      const Result<std::optional<std::string>> tombstone = table_->get(rows::tombstone_key(word));
      if (!tombstone) return tombstone.error();
      if (!*tombstone) batch.Put(rows::tombstone_key(word), rows::encode(event));
      const Result<std::optional<std::string>> row = table_->get(rows::word_key(word));
      if (!row) return row.error();
      if (!*row) continue;
      stage_removal(batch, word, rows::author_of(**row));
      batch.Put(rows::compaction_key(word), rocksdb::Slice());
    }
    if (Status status = table_->write(batch); !status) return status;
  }
  if (Status status = table_->sync(); !status) return status;
  return finish_compactions();
}

// Also takes over what an interrupted erasure, or one running at the same time, has left to do: purging twice is
// harmless.
Status Vault::finish_compactions() {
  std::vector<std::string> words;
  rocksdb::WriteBatch done;
  Status status = table_->scan(rows::kCompactionPrefix, [&](std::string_view key, std::string_view) -> Result<bool> {
    const std::optional<WordId> word = rows::word_of(key);
    if (!word) return corrupt("The vault's list of erased words is damaged: restore the vault from its backup.");
    words.push_back(rows::word_key(*word));
    done.Delete(rows::compaction_key(*word));
    return true;
  });
  if (!status || words.empty()) return status;
  status = table_->purge(words);
  if (!status) return status;
  const std::scoped_lock lock(mutex_);
  return table_->write(done);
}

Status Vault::erase_author(const Uuid& author, Position event) {
  if (Status status = require_writable(); !status) return status;
  if (author.is_nil()) return invalid_argument("An erasure needs the id of the author.");
  const std::scoped_lock lock(mutex_);
  if (Status status = keys_->destroy({KeyKind::kAuthor, author}); !status) return status;
  for (bool more = true; more;) {
    rocksdb::WriteBatch batch;
    size_t count = 0;
    const auto remove = [&](std::string_view key, std::string_view) -> Result<bool> {
      const std::optional<WordId> word = rows::word_of(key);
      if (!word) return corrupt("The vault's list of an author's words is damaged: restore the vault from its backup.");
      batch.Put(rows::tombstone_key(*word), rows::encode(event));
      stage_removal(batch, *word, author);
      return ++count < kMaxErasedPerBatch;
    };
    if (Status status = table_->scan(rows::author_prefix(author), remove); !status) return status;
    more = count == kMaxErasedPerBatch;
    stage_key_counts(batch);
    if (Status status = table_->write(batch); !status) return status;
  }
  return table_->sync();
}

Status Vault::set_erasures_applied(Position position) {
  return position <= erasures_applied() ? require_writable() : store_erasures_applied(position);
}

Status Vault::forget_erasures_after(Position head) {
  return erasures_applied() <= head ? require_writable() : store_erasures_applied(head);
}

Status Vault::store_erasures_applied(Position position) {
  if (Status status = require_writable(); !status) return status;
  {
    const std::scoped_lock lock(mutex_);
    rocksdb::WriteBatch batch;
    batch.Put(rows::erasures_key(), rows::encode(position));
    if (Status status = table_->write(batch); !status) return status;
    erasures_applied_ = position.value;
  }
  return table_->sync();
}

Result<Collected> Vault::collect(Timestamp now, int64_t age_ms,
                                 const std::function<Result<bool>(CommandId, WordId)>& is_committed) {
  if (Status status = require_writable(); !status) return status.error();
  if (age_ms < 0) return invalid_argument("The age of words to collect must not be negative.");
  struct Old {
    WordId word;
    CommandId command;
  };
  std::vector<Old> old;
  Collected out;
  const auto look = [&](std::string_view key, std::string_view value) -> Result<bool> {
    const std::optional<WordId> word = rows::word_of(key);
    const std::optional<rows::Pending> pending = rows::decode_pending(value);
    if (!word || !pending) {
      return corrupt("The vault's list of new words is damaged: restore the vault from its backup.");
    }
    out.more = old.size() == kMaxCollectedPerCall;
    if (out.more) return false;
    if (pending->put_at > now || now.ms - pending->put_at.ms < age_ms) {
      ++out.young;
    } else {
      old.push_back({*word, pending->command});
    }
    return true;
  };
  if (Status status = table_->scan(rows::kPendingPrefix, look); !status) return status.error();
  for (const Old& entry : old) {
    const Result<bool> committed = is_committed(entry.command, entry.word);
    if (!committed) return committed.error();
    const Result<bool> changed = settle(entry.word, *committed);
    if (!changed) return changed.error();
    if (*changed) ++(*committed ? out.confirmed : out.removed);
  }
  return out;
}

// False if the word was confirmed, discarded or erased in the meantime.
Result<bool> Vault::settle(WordId word, bool committed) {
  const std::scoped_lock lock(mutex_);
  const Result<std::optional<std::string>> pending = table_->get(rows::pending_key(word));
  if (!pending) return pending.error();
  if (!*pending) return false;
  rocksdb::WriteBatch batch;
  if (committed) {
    batch.Delete(rows::pending_key(word));
  } else {
    const Result<std::optional<std::string>> row = table_->get(rows::word_key(word));
    if (!row) return row.error();
    stage_removal(batch, word, *row ? rows::author_of(**row) : std::nullopt);
  }
  if (Status status = table_->write(batch); !status) return status.error();
  return true;
}

}  // namespace civiclog
