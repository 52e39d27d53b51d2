#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "events/event_log.h"
#include "vault/vault.h"

// Keeps the vault in step with the log: what the log says is erased is erased here, and words whose commit never came are
// collected.

namespace civiclog {

inline constexpr int64_t kOrphanAgeMs = 15 * 60 * 1000;  // Longer than any command can be under way.

// Applies the words-erased events after vault.erasures_applied() up to the log's head. Safe to repeat; a crash in
// between applies an event again.
// When asked to stop it ends early, without an error, and goes on from there the next time.
Status apply_erasures(const EventLog& log, Vault& vault, const std::stop_token& stop = {});

// Whether the vault has, or has erased, the words of the newest event that mentions any. Words are put before their commit, so
// a vault without them is an older copy than the log: kIncompatible. Looks at no more than kMaxEventsLookedAt events.
inline constexpr size_t kMaxEventsLookedAt = 10'000;
Status check_newest_words(const EventLog& log, const Vault& vault);

// Confirms words whose commit is in the log and removes those older than `age_ms` whose commit is not.
Result<Collected> collect_orphans(const EventLog& log, Vault& vault, Timestamp now, int64_t age_ms = kOrphanAgeMs);

// Follows the log and applies erasures as they come, and collects orphans every few minutes, on a thread of its own. An
// error is handed to `on_error` (on that thread) and tried again a little later. How old a word is goes by time that passes, not by a
// clock that is set forward.
class WordKeeper {
 public:
  WordKeeper(const EventLog& log, Vault& vault, Clock clock, std::function<void(const Error&)> on_error);

 private:
  void run(std::stop_token stop);

  const EventLog& log_;
  Vault& vault_;
  Clock clock_;
  std::function<void(const Error&)> on_error_;
  std::jthread thread_;
};

}  // namespace civiclog
