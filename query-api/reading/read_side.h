#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <stop_token>
#include <string_view>

#include "base/crypto.h"
#include "base/time.h"
#include "events/event_log.h"
#include "projections/projector.h"
#include "projections/views.h"
#include "query-api/reading/answer_cache.h"
#include "query-api/reading/position_waiters.h"
#include "vault/vault.h"

// What all reading requests share: the parts of the installation they read from, and the place where they wait for read
// models that are a little behind. From any thread.

namespace civiclog {

struct ReadSideOptions {
  Clock clock = system_now;  // Tells the future, which as_of may not name.
  std::chrono::milliseconds max_wait{2'000};  // Of a request with min_position and without a wait of its own.
  size_t max_waiters = 10'000;                // How many may wait at once; one more is refused.
  std::function<void(std::string_view)> log = [](std::string_view) {};  // One sentence for the operator.
};

inline constexpr size_t kMaxReadyLag = 1'000;  // Events a read model may be behind the log and still count as ready.

// The rules (Error::rule) of what a reading request may be refused for. They are the codes of problem+json.
inline constexpr const char* kReadModelFaulted = "read_model_faulted";
inline constexpr const char* kNotCaughtUp = "not_caught_up";
inline constexpr const char* kTooManyWaiting = "too_many_waiting";
inline constexpr const char* kStopping = "stopping";

class ReadSide {
 public:
  // All references must outlive this.
  ReadSide(const EventLog& log, const Views& views, const Vault& vault, const Projector& projector, ReadSideOptions options);

  const EventLog& log() const { return log_; }
  const Views& views() const { return views_; }
  const Vault& vault() const { return vault_; }
  const Projector& projector() const { return projector_; }
  const ReadSideOptions& options() const { return options_; }
  // Cursors are sealed with it: every node of the installation has the same.
  const Key& cursor_key() const { return cursor_key_; }

  // Whether all these read models have applied `position`: kUnavailable kNotCaughtUp, kStopping or kReadModelFaulted if not.
  Status check_applied(std::span<const std::string_view> models, Position position) const;
  // Calls `then` when they have, or cannot, or when `at_most` has passed: it looks again. False: too many wait already.
  bool when_applied(std::span<const std::string_view> models, Position position, std::chrono::milliseconds at_most,
                    std::function<void()> then) const;

  AnswerStamp stamp() const { return {projector_.progress(), vault_.changes()}; }
  AnswerCache& answers() const { return answers_; }

  // The service is about to end: nobody waits any more, and is_stopping() tells.
  void stop_waiting() {
    stop_.request_stop();
    waiters_.stop();
  }
  bool is_stopping() const { return stop_.stop_requested(); }

 private:
  Result<bool> have_applied(std::span<const std::string_view> models, Position position) const;

  const EventLog& log_;
  const Views& views_;
  const Vault& vault_;
  const Projector& projector_;
  const ReadSideOptions options_;
  const Key cursor_key_;
  std::stop_source stop_;
  mutable PositionWaiters waiters_;
  mutable AnswerCache answers_;
};

}  // namespace civiclog
