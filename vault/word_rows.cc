#include "vault/word_rows.h"

namespace civiclog::word_rows {
namespace {

constexpr size_t kIdSize = 16;
constexpr size_t kSaltSize = 32;

std::string id_key(char prefix, WordId id) { return std::string(1, prefix).append(view(id.uuid.bytes)); }

std::string association(WordId id, const Uuid& author) {
  return std::string(view(id.uuid.bytes)).append(view(author.bytes));
}

}  // namespace

std::string format_key() { return "mformat"; }
std::string keys_key() { return "mkeys"; }
std::string erasures_key() { return "merasures"; }
std::string word_key(WordId id) { return id_key('w', id); }
std::string author_prefix(const Uuid& author) { return std::string("a").append(view(author.bytes)); }
std::string author_key(const Uuid& author, WordId id) { return author_prefix(author).append(view(id.uuid.bytes)); }
std::string pending_key(WordId id) { return id_key('p', id); }
std::string tombstone_key(WordId id) { return id_key('t', id); }
std::string compaction_key(WordId id) { return id_key('c', id); }

std::optional<WordId> word_of(std::string_view key) {
  if (key.size() != 1 + kIdSize && key.size() != 1 + 2 * kIdSize) return std::nullopt;
  ByteReader in(key.substr(key.size() - kIdSize));
  return WordId{Uuid{in.array<kIdSize>()}};
}

std::string encode(const Format& row) { return ByteWriter().u32(row.version).raw(view(row.log.uuid.bytes)).take(); }

std::optional<Format> decode_format(std::string_view bytes) {
  ByteReader in(bytes);
  Format out;
  out.version = in.u32();
  out.log.uuid.bytes = in.array<kIdSize>();
  if (in.failed() || (out.version <= kFormatVersion && !in.done())) return std::nullopt;
  return out;
}

std::string encode(const KeyCounts& row) { return ByteWriter().u64(row.made).u64(row.destroyed).take(); }

std::optional<KeyCounts> decode_key_counts(std::string_view bytes) {
  ByteReader in(bytes);
  KeyCounts out;
  out.made = in.u64();
  out.destroyed = in.u64();
  return in.done() ? std::optional(out) : std::nullopt;
}

std::string encode(const Pending& row) {
  return ByteWriter().i64(row.put_at.ms).raw(view(row.command.uuid.bytes)).take();
}

std::optional<Pending> decode_pending(std::string_view bytes) {
  ByteReader in(bytes);
  Pending out;
  out.put_at.ms = in.i64();
  out.command.uuid.bytes = in.array<kIdSize>();
  return in.done() ? std::optional(out) : std::nullopt;
}

std::string encode(Position position) { return ByteWriter().u64(position.value).take(); }

std::optional<Position> decode_position(std::string_view bytes) {
  ByteReader in(bytes);
  const Position out{in.u64()};
  return in.done() ? std::optional(out) : std::nullopt;
}

std::string seal_word(const Key& key, const Word& word) {
  const std::string plain = std::string(view(word.salt)).append(word.text);
  return std::string(view(word.author.bytes)).append(seal(key, plain, association(word.id, word.author)));
}

std::optional<Uuid> author_of(std::string_view row) {
  ByteReader in(row);
  const Uuid out{in.array<kIdSize>()};
  return in.failed() ? std::nullopt : std::optional(out);
}

std::optional<WordContent> open_word(const Key& key, WordId id, std::string_view row) {
  const std::optional<Uuid> author = author_of(row);
  if (!author) return std::nullopt;
  const std::optional<std::string> plain = open(key, row.substr(kIdSize), association(id, *author));
  if (!plain || plain->size() < kSaltSize) return std::nullopt;
  ByteReader in(*plain);
  WordContent out;
  out.salt = in.array<kSaltSize>();
  out.text = in.raw(in.remaining());
  out.author = *author;
  return out;
}

}  // namespace civiclog::word_rows
