#include "reports/word_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crypto.h"
#include "events/payload_codec.h"

namespace civiclog {
namespace {

constexpr uint64_t kProgressEvery = 1'024;

std::string subject_of(WordId word) { return fmt::format("word {}", word.text()); }

}  // namespace

WordCheck::WordCheck(const EventLog& log, const Vault& vault, Position complete, Findings& findings)
    : vault_(vault), complete_(complete), findings_(findings), authors_(log), mentioned_(2 * log.head().value) {
  if (vault.erasures_applied() > log.head()) {
    findings_.add(FindingKind::kDamage, {}, "vault",
                  fmt::format("has applied erasures up to position {}, but the log ends at {}", vault.erasures_applied().value,
                              log.head().value));
  }
}

void WordCheck::event(const Envelope& envelope, const Payload& payload) {
  for (const WordRef& word : words_of(payload)) {
    mentioned_.add(word.id);
    if (envelope.position <= complete_) check(envelope, payload, word);
  }
  if (const auto* erased = std::get_if<WordsErased>(&payload)) check_erasure(envelope, *erased);
}

void WordCheck::check(const Envelope& envelope, const Payload& payload, const WordRef& word) {
  ++counts_.mentioned;
  const Result<WordLookup> found = vault_.get(word.id);
  if (!found) return findings_.add(envelope.position, subject_of(word.id), found.error());
  if (found->state != WordState::kPresent) {
    return check_absent(envelope, payload, word, found->state == WordState::kErased);
  }
  if (commit_to_word(found->content->salt, word.id, found->content->text) == word.commitment) {
    ++counts_.opened;
    return;
  }
  findings_.add(FindingKind::kTampering, envelope.position, subject_of(word.id),
                fmt::format("is not what the event at position {} committed to", envelope.position.value));
}

void WordCheck::check_absent(const Envelope& envelope, const Payload& payload, const WordRef& word, bool known_as_erased) {
  const Result<std::optional<Position>> erasure = authors_.erasure_of(envelope, payload, word.id);
  if (!erasure) return findings_.add(envelope.position, subject_of(word.id), erasure.error());
  if (*erasure) {
    ++counts_.erased;
    return;
  }
  findings_.add(FindingKind::kDamage, envelope.position, subject_of(word.id),
                fmt::format("{}, mentioned by the event at position {}, but no event says that it was erased",
                            known_as_erased ? "was erased from the vault" : "is missing from the vault", envelope.position.value));
}

void WordCheck::check_erasure(const Envelope& envelope, const WordsErased& erased) {
  const bool applied = envelope.position <= vault_.erasures_applied();
  if (!applied) {
    findings_.note(fmt::format("the erasure at position {} has not been applied to the vault yet", envelope.position.value));
    return;
  }
  if (!erased.author.is_nil() && erased_authors_.size() < kMaxErasedAuthors) erased_authors_.push_back(erased.author);
  for (const WordId word : erased.words) {
    const Result<WordLookup> found = vault_.get(word);
    if (found && found->state != WordState::kPresent) continue;
    findings_.add(FindingKind::kDamage, envelope.position, subject_of(word),
                  fmt::format("was erased by the event at position {}, but is still in the vault", envelope.position.value));
  }
}

void WordCheck::finish(const CheckProgress& progress) {
  std::ranges::sort(erased_authors_);
  if (erased_authors_.size() >= kMaxErasedAuthors) {
    findings_.note(fmt::format("only the first {} erased authors were looked for in the vault", kMaxErasedAuthors));
  }
  const Status walked = vault_.for_each_word([&](WordId word, const WordLookup& found) {
    if (++counts_.in_vault % kProgressEvery == 0 && progress) {
      progress(counts_.in_vault, std::max(counts_.in_vault, counts_.opened));
    }
    return visit(word, found);
  });
  if (!walked) findings_.add({}, "vault", walked.error());
  if (unmentioned_ > 0) {
    findings_.note(fmt::format("{} words in the vault are mentioned by no event: their commands are under way or were given up, "
                               "and the service removes them after a while",
                               unmentioned_));
  }
}

Status WordCheck::visit(WordId word, const WordLookup& found) {
  if (found.state != WordState::kPresent) return {};
  if (!mentioned_.may_have(word)) ++unmentioned_;
  if (std::ranges::binary_search(erased_authors_, found.content->author)) {
    findings_.add(FindingKind::kDamage, {}, subject_of(word), "is still in the vault, but all words of its author were erased");
  }
  return {};
}

}  // namespace civiclog
