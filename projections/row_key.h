#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/id.h"
#include "base/position.h"

// Keys of read models: one letter for the table, then ids (16 bytes) and positions (big-endian, 8 bytes), so that
// every row key of a table has one length and no key is the prefix of another table's. A text may only end the key of
// an index, which is looked up whole. Capital letters are tables of rows (latest and history), small ones
// are indexes (latest only). Pure and thread-safe.

namespace civiclog {

inline constexpr size_t kIdBytes = 16;
inline constexpr size_t kPositionBytes = 8;

inline void append_key_part(ByteWriter& out, const Uuid& id) { out.raw(view(id.bytes)); }
template <typename Kind>
void append_key_part(ByteWriter& out, const Id<Kind>& id) { append_key_part(out, id.uuid); }
inline void append_key_part(ByteWriter& out, Position position) { out.be64(position.value); }
inline void append_key_part(ByteWriter& out, std::string_view text) { out.raw(text); }

template <typename... Parts>
std::string make_key(char table, const Parts&... parts) {
  ByteWriter out(1 + 3 * kIdBytes);
  out.u8(static_cast<uint8_t>(table));
  (append_key_part(out, parts), ...);
  return out.take();
}

// For tables of rows in memory, looked into without making a string.
struct RowKeyHash {
  using is_transparent = void;
  using is_avalanching = void;  // For Boost: each bit of a key moves about half of the hash.
  size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
};

// Reads a key for people. Yields zeros past the end.
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : in_(key) { table_ = static_cast<char>(in_.u8()); }
  char table() const { return table_; }
  std::string id() { return Uuid{in_.array<kIdBytes>()}.text(); }
  Position position() { return {in_.be64()}; }
  std::string rest() { return std::string(in_.raw(in_.remaining())); }

 private:
  ByteReader in_;
  char table_;
};

}  // namespace civiclog
