#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/query-api/load_town.h"

// One client of a civicd that may be killed at any moment: one connection, one act at a time, each under a key of its own and
// repeated with it until there is an answer. It acts for one voter: joins, is verified, contributes, comments, flags, votes,
// changes and withdraws votes, has words or everything erased, and joins again as the same verified person. The first
// client also moderates. It remembers every answer, and which choices of its voter must stand.
//
// One thread at a time; a new one for each run of civicd.

namespace civiclog {

class LoadClient {
 public:
  LoadClient(LoadTown& town, size_t number, uint32_t seed);

  // First what has no answer yet, twice, and some of what has one; then new acts, until the connection breaks.
  void act_until_cut(uint16_t port);
  // The same without new acts: afterwards everything has its answer.
  void settle(uint16_t port);
  // That the service shows the voter's own choices as they must be. After settle().
  void check_own_choices(uint16_t port, uint64_t position);

  // Contribution → choice that stands.
  const std::map<std::string, std::string>& choices() const { return choices_; }
  const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }
  uint64_t last_position() const { return last_position_; }

 private:
  enum class Kind { kJoin, kVerify, kVote, kWithdrawVote, kContribute, kComment, kFlag, kModerate, kEraseWords, kEraseEverything };
  struct Pending {
    Kind kind;
    LoadAct act;
    std::string contribution;  // Of votes.
    std::string choice;        // Of votes.
    bool was_cut = false;      // It was sent, and civicd was killed before there was an answer.
    int refusals = 0;          // How often it was told to try again.
  };

  Pending next_act();
  Pending vote_act();
  Pending moderating_act();
  Pending make(Kind kind, std::string method, std::string target, std::string body);
  std::string some_text();

  // False when the connection is gone.
  bool ask_pending(RawClient& client);
  bool repeat_some(RawClient& client);
  bool repeat(RawClient& client, const Acknowledged& first);
  bool find_own_word(RawClient& client);
  void accept(const Pending& done, const LoadAnswer& answer);
  void refuse(const Pending& done, const LoadAnswer& answer);

  LoadTown& town_;
  const size_t number_;
  std::mt19937 random_;
  std::string participant_;
  bool joined_ = false;
  bool verified_ = false;
  uint64_t acts_ = 0;
  std::optional<Pending> pending_;
  std::map<std::string, std::string> choices_;
  std::vector<Acknowledged> acknowledged_;
  uint64_t last_position_ = 0;
  uint64_t own_comment_position_ = 0;  // Of a comment whose word can be erased; 0: none.
  std::string own_word_;               // Its id, once it was looked up.
};

}  // namespace civiclog
