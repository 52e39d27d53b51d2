#include "query-api/read_side.h"

#include <fmt/format.h>

namespace civiclog {
namespace {

Error unavailable(const char* rule, std::string message) { return {ErrorCode::kUnavailable, std::move(message), rule}; }

class WaitingPlace {
 public:
  WaitingPlace(std::atomic<size_t>& taken, size_t places) : taken_(taken), given_(taken.fetch_add(1) < places) {}
  ~WaitingPlace() { taken_.fetch_sub(1); }
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;
  bool given() const { return given_; }

 private:
  std::atomic<size_t>& taken_;
  const bool given_;
};

}  // namespace

ReadSide::ReadSide(const EventLog& log, const Views& views, const Vault& vault, const Projector& projector,
                   ReadSideOptions options)
    : log_(log),
      views_(views),
      vault_(vault),
      projector_(projector),
      options_(std::move(options)),
      cursor_key_(hmac_sha256(vault.index_key(), "civiclog/cursor-key/v1")) {}

Result<bool> ReadSide::have_applied(std::span<const std::string_view> models, Position position) const {
  bool all = true;
  for (const std::string_view model : models) {
    const std::optional<GenerationRecord> record = views_.active(model);
    if (record && record->checkpoint >= position) continue;
    if (record && record->state == ViewState::kFaulted) {
      return unavailable(kReadModelFaulted,
                         fmt::format("The read model {} stands still at position {}; its operator has to see to it.", model,
                                     record->checkpoint.value));
    }
    all = false;
  }
  return all;
}

Status ReadSide::wait_applied(std::span<const std::string_view> models, Position position) const {
  const Result<bool> at_once = have_applied(models, position);
  if (!at_once) return at_once.error();
  if (*at_once) return {};
  const WaitingPlace place(waiting_, options_.max_waiters);
  if (!place.given()) {
    return unavailable(kTooManyWaiting, "Too many requests wait for the read models already; ask again in a moment.");
  }
  const Deadline deadline = std::chrono::steady_clock::now() + options_.max_wait;
  for (const std::string_view model : models) {
    // The reason of a failure is looked up below, in words that are for everybody.
    if (!projector_.wait_applied(model, position, deadline, stop_.get_token())) break;
  }
  const Result<bool> at_last = have_applied(models, position);
  if (!at_last) return at_last.error();
  if (*at_last) return {};
  if (is_stopping()) return unavailable(kStopping, "The service is stopping; ask again in a moment.");
  return unavailable(kNotCaughtUp, fmt::format("Position {} has not been applied yet; ask again in a moment.", position.value));
}

}  // namespace civiclog
