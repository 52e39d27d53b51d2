#pragma once

#include <unordered_map>

#include "base/time.h"
#include "commands/secrets.h"
#include "vault/vault.h"

// Secrets over the vault. Used by one thread (the handler's). Remembers tags, at most kMaxCachedTags, so that a voter's
// identity is decrypted once and not for every ballot; forget() drops them when words are erased.

namespace civiclog {

class VaultSecrets final : public Secrets {
 public:
  static constexpr size_t kMaxCachedTags = 100'000;

  VaultSecrets(Vault& vault, Clock clock);

  Result<Tag> tag_of(const BoxState& box, ParticipantId participant, const WordRef& identity) override;
  Result<NewBox> new_box() override;
  Result<Uuid> author_of(WordId word) override;
  void forget() { tags_.clear(); }
  // Words of decisions made in this batch, which are put into the vault only at its end.
  void expect(const std::vector<Word>& words);
  void batch_ended() { expected_.clear(); }

 private:
  Result<WordLookup> look_up(WordId word) const;

  struct TagKey {
    BoxId box;
    WordId identity;
    friend bool operator==(const TagKey&, const TagKey&) = default;
  };
  struct TagKeyHash {
    size_t operator()(const TagKey& key) const { return UuidHash{}(key.box) * 31 ^ UuidHash{}(key.identity); }
  };

  Vault& vault_;
  Clock clock_;
  std::unordered_map<TagKey, Tag, TagKeyHash> tags_;
  std::unordered_map<WordId, WordContent, UuidHash> expected_;
};

}  // namespace civiclog
