#include "query-api/reading/read_side.h"

#include <fmt/format.h>

namespace civiclog {
namespace {

Error unavailable(const char* rule, std::string message) { return {ErrorCode::kUnavailable, std::move(message), rule}; }

}  // namespace

ReadSide::ReadSide(const EventLog& log, const Views& views, const Vault& vault, const Projector& projector,
                   ReadSideOptions options)
    : log_(log),
      views_(views),
      vault_(vault),
      projector_(projector),
      options_(std::move(options)),
      cursor_key_(hmac_sha256(vault.index_key(), "civiclog/cursor-key/v1")),
      waiters_(projector, views, options_.max_waiters) {}

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

Status ReadSide::check_applied(std::span<const std::string_view> models, Position position) const {
  const Result<bool> applied = have_applied(models, position);
  if (!applied) return applied.error();
  if (*applied) return {};
  if (is_stopping()) return unavailable(kStopping, "The service is stopping; ask again in a moment.");
  return unavailable(kNotCaughtUp, fmt::format("Position {} has not been applied yet; ask again in a moment.", position.value));
}

bool ReadSide::when_applied(std::span<const std::string_view> models, Position position, std::chrono::milliseconds at_most,
                            std::function<void()> then) const {
  return waiters_.add({{models.begin(), models.end()}, position, std::chrono::steady_clock::now() + at_most, std::move(then)});
}

}  // namespace civiclog
