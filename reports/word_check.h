#pragma once

#include <vector>

#include "events/log_check.h"
#include "events/payloads.h"
#include "reports/findings.h"
#include "reports/mentioned_words.h"
#include "reports/word_authors.h"
#include "vault/vault.h"

// Whether log and vault say the same of words: a word that is here opens its commitment, one that is not here was erased
// by an event that says so, one that was erased is gone, and what no event mentions is told of. Memory is bounded
// whatever the length of the log. One thread.

namespace civiclog {

struct WordCounts {
  uint64_t mentioned = 0;
  uint64_t opened = 0;  // Here, and what the event committed to.
  uint64_t erased = 0;
  uint64_t in_vault = 0;
};

class WordCheck {
 public:
  static constexpr size_t kMaxErasedAuthors = 2'000'000;

  // The vault has every word of the events up to `complete`; it may be older than those after it.
  WordCheck(const EventLog& log, const Vault& vault, Position complete, Findings& findings);

  void event(const Envelope& envelope, const Payload& payload);
  // After the last event: looks at the vault's side.
  void finish(const CheckProgress& progress);
  const WordCounts& counts() const { return counts_; }

 private:
  void check(const Envelope& envelope, const Payload& payload, const WordRef& word);
  void check_absent(const Envelope& envelope, const Payload& payload, const WordRef& word, bool known_as_erased);
  void check_erasure(const Envelope& envelope, const WordsErased& erased);
  Status visit(WordId word, const WordLookup& found);

  const Vault& vault_;
  const Position complete_;
  Findings& findings_;
  WordAuthors authors_;
  MentionedWords mentioned_;
  std::vector<Uuid> erased_authors_;
  uint64_t unmentioned_ = 0;
  WordCounts counts_;
};

}  // namespace civiclog
