#pragma once

#include <string_view>

#include "base/crypto.h"
#include "base/id.h"

// What an event says about a word (free text, name, identity): its id in the vault and a salted commitment to
// its bytes. The text itself is never in the log; when text and salt are erased the commitment says nothing.

namespace civiclog {

using Salt = ByteArray<32>;

struct WordRef {
  WordId id;          // nil: no word was given
  Digest commitment{};

  bool is_given() const { return !id.is_nil(); }
  friend bool operator==(const WordRef&, const WordRef&) = default;
};

// SHA-256("civiclog/word/v1" | 0x00 | salt (32) | word id (16) | text). All parts before the text have a fixed
// length, so no two different inputs give the same preimage.
Digest commit_to_word(const Salt& salt, WordId id, std::string_view text);

}  // namespace civiclog
