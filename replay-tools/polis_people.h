#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "replay-tools/polis_topic.h"
#include "vault/vault.h"

// What the people of an exported topic are called. Imported people keep their numbers, as voters and as authors. Everybody else
// gets new ones: voters in the order of their tags, which is random, and authors from another range. One thread.

namespace civiclog {

class PolisPeople {
 public:
  // Needs the whole history. kIncompatible: the key of the topic's box is missing or another one.
  static Result<PolisPeople> of(const TopicHistory& history, const Vault& vault);

  // Voters in ascending order of their numbers have the ranks 0, 1, 2 …
  uint32_t rank_of_voter(uint32_t index) const { return rank_[index]; }
  int64_t number_at(uint32_t rank) const { return number_[rank]; }
  // Of authors of our own the number depends on the order of asking.
  int64_t number_of_author(const Uuid& author);

 private:
  Status take_imported(const TopicHistory& history, const Vault& vault);
  void number_voters(const TopicHistory& history);

  std::vector<int64_t> given_;   // By index of the voter: the number in the source, or -1.
  std::vector<uint32_t> rank_;   // By index of the voter.
  std::vector<int64_t> number_;  // By rank.
  std::unordered_map<Uuid, int64_t, UuidHash> authors_;
  int64_t next_ = 0;
};

}  // namespace civiclog
