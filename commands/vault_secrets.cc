#include "commands/vault_secrets.h"

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {

Digest box_key_fingerprint(const Key& key) {
  return sha256(ByteWriter().raw("civiclog/box-key/v1").u8(0).raw(view(key)).bytes());
}

Tag ballot_tag(const Key& box_key, std::string_view identity) {
  const Digest digest = hmac_sha256(box_key, identity);
  return {Uuid{ByteReader(view(digest)).array<16>()}};
}

VaultSecrets::VaultSecrets(Vault& vault, Clock clock) : vault_(vault), clock_(std::move(clock)) {}

void VaultSecrets::expect(const std::vector<Word>& words) {
  for (const Word& word : words) expected_[word.id] = {word.salt, word.text, word.author};
}

Result<WordLookup> VaultSecrets::look_up(WordId word) const {
  const auto found = expected_.find(word);
  if (found != expected_.end()) return WordLookup{WordState::kPresent, found->second};
  return vault_.get(word);
}

Result<Tag> VaultSecrets::tag_of(const BoxState& box, ParticipantId participant, const WordRef& identity) {
  const TagKey cached{box.id, identity.id};
  if (const auto found = tags_.find(cached); found != tags_.end()) return found->second;
  const std::optional<Key> key = vault_.box_key(box.id);
  if (!key || box_key_fingerprint(*key) != box.key_fingerprint) {
    return incompatible(fmt::format("the key of ballot box {} is {}; restore the vault that belongs to this log before "
                                    "anybody votes",
                                    box.id.text(), key ? "not the one it was opened with" : "missing"));
  }
  const Result<WordLookup> lookup = look_up(identity.id);
  if (!lookup) return lookup.error();
  if (lookup->state == WordState::kErased) return rejected("participant_erased", "this participant has been erased");
  if (lookup->state == WordState::kNotHere) {
    return incompatible(fmt::format("the identity of participant {} is missing; restore the vault that belongs to this log",
                                    participant.text()));
  }
  const Tag tag = ballot_tag(*key, lookup->content->text);
  if (tags_.size() >= kMaxCachedTags) tags_.clear();
  tags_.emplace(cached, tag);
  return tag;
}

Result<NewBox> VaultSecrets::new_box() {
  const BoxId box{make_uuid_v7(clock_(), random_array<16>())};
  const Result<Key> key = vault_.make_box_key(box);
  if (!key) return key.error();
  return NewBox{box, box_key_fingerprint(*key)};
}

Result<Uuid> VaultSecrets::author_of(WordId word) {
  const Result<WordLookup> lookup = look_up(word);
  if (!lookup) return lookup.error();
  if (lookup->state != WordState::kPresent) return not_found(fmt::format("word {} is not here", word.text()));
  return lookup->content->author;
}

}  // namespace civiclog
