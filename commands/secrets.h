#pragma once

#include "base/result.h"
#include "commands/topic.h"

// What a decision needs from the vault and may not see itself.

namespace civiclog {

class Secrets {
 public:
  virtual ~Secrets() = default;
  // The participant's tag in the box: HMAC-SHA-256(box key, verified identity), first 16 bytes. kIncompatible when the
  // key is missing or does not have the fingerprint of the opening event: it must not let anybody vote twice.
  virtual Result<Tag> tag_of(const BoxState& box, ParticipantId participant, const WordRef& identity) = 0;
  // A new box with its random key, durable in the vault.
  virtual Result<NewBox> new_box() = 0;
  // Whose word it is; kNotFound when it is not here.
  virtual Result<Uuid> author_of(WordId word) = 0;
};

// SHA-256("civiclog/box-key/v1" | 0x00 | key)
Digest box_key_fingerprint(const Key& key);
Tag ballot_tag(const Key& box_key, std::string_view identity);

}  // namespace civiclog
