#include "commands/word_keeping.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "events/payload_codec.h"

namespace civiclog {
namespace {

constexpr size_t kReadBatch = 1'000;
constexpr auto kPause = std::chrono::seconds(5);
constexpr int64_t kCollectEveryMs = 5 * 60 * 1000;

Status apply(const WordsErased& event, Position position, Vault& vault) {
  if (!event.author.is_nil()) {
    if (Status erased = vault.erase_author(event.author, position); !erased) return erased;
  }
  return event.words.empty() ? Status{} : vault.erase_words(event.words, position);
}

Result<bool> mentions(const EventLog& log, CommandId command, WordId word) {
  const Result<std::optional<CommandRecord>> record = log.find_command(command);
  if (!record) return record.error();
  if (!*record) return false;
  const size_t count = (*record)->last.value - (*record)->first.value + 1;
  const Result<std::vector<StoredEvent>> events = log.read({(*record)->first.value - 1}, count);
  if (!events) return events.error();
  for (const StoredEvent& event : *events) {
    const Result<Payload> payload = decode_payload(event);
    if (!payload) return payload.error();
    const std::vector<WordRef> words = words_of(*payload);
    if (std::ranges::any_of(words, [&](const WordRef& ref) { return ref.id == word; })) return true;
  }
  return false;
}

Status check_words_here(const std::vector<WordRef>& words, Position position, const Vault& vault) {
  for (const WordRef& word : words) {
    if (!word.is_given()) continue;
    const Result<WordLookup> found = vault.get(word.id);
    if (!found) return found.error();
    if (found->state != WordState::kNotHere) continue;
    return incompatible(fmt::format("The vault does not have the words of the event at position {}, so it is an older copy than the "
                                    "log: restore log and vault from the same moment.", position.value));
  }
  return {};
}

}  // namespace

Status apply_erasures(const EventLog& log, Vault& vault, const std::stop_token& stop) {
  for (Position applied = vault.erasures_applied(); applied < log.head() && !stop.stop_requested();) {
    const Result<std::vector<StoredEvent>> events = log.read(applied, kReadBatch);
    if (!events) return events.error();
    for (const StoredEvent& event : *events) {
      if (event.envelope.type != WordsErased::kType) continue;
      const Result<Payload> payload = decode_payload(event);
      if (!payload) return payload.error();
      if (Status done = apply(std::get<WordsErased>(*payload), event.envelope.position, vault); !done) return done;
    }
    applied = events->back().envelope.position;
    if (Status stored = vault.set_erasures_applied(applied); !stored) return stored;
  }
  return {};
}

Status check_newest_words(const EventLog& log, const Vault& vault) {
  const uint64_t head = log.head().value;
  const uint64_t lowest = head > kMaxEventsLookedAt ? head - kMaxEventsLookedAt : 0;
  for (uint64_t end = head; end > lowest;) {
    const uint64_t begin = end - std::min<uint64_t>(end - lowest, kReadBatch);
    const Result<std::vector<StoredEvent>> events = log.read({begin}, end - begin);
    if (!events) return events.error();
    for (auto event = events->rbegin(); event != events->rend(); ++event) {
      const Result<Payload> payload = decode_payload(*event);
      if (!payload) return payload.error();
      const std::vector<WordRef> words = words_of(*payload);
      if (words.empty()) continue;
      return check_words_here(words, event->envelope.position, vault);
    }
    end = events->empty() ? begin : events->front().envelope.position.value - 1;
  }
  return {};
}

Result<Collected> collect_orphans(const EventLog& log, Vault& vault, Timestamp now, int64_t age_ms) {
  return vault.collect(now, age_ms, [&log](CommandId command, WordId word) { return mentions(log, command, word); });
}

WordKeeper::WordKeeper(const EventLog& log, Vault& vault, Clock clock, std::function<void(const Error&)> on_error)
    : log_(log),
      vault_(vault),
      clock_(std::move(clock)),
      on_error_(std::move(on_error)),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

void WordKeeper::run(std::stop_token stop) {
  const Timestamp began = clock_();
  const auto began_steadily = std::chrono::steady_clock::now();
  // A clock that jumps forward makes words look old whose command is still under way.
  const auto now = [&] {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_steadily);
    return Timestamp{std::min(clock_().ms, began.ms + passed.count())};
  };
  Timestamp collect_at = began;
  while (!stop.stop_requested()) {
    if (const Status applied = apply_erasures(log_, vault_, stop); !applied) on_error_(applied.error());
    if (now() >= collect_at) {
      const Result<Collected> collected = collect_orphans(log_, vault_, now());
      if (!collected) on_error_(collected.error());
      collect_at = {now().ms + (collected && collected->more ? 0 : kCollectEveryMs)};
    }
    log_.wait_past(vault_.erasures_applied(), std::chrono::steady_clock::now() + kPause, stop);
  }
}

}  // namespace civiclog
