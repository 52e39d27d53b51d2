#include "commands/state_cache.h"

#include "base/check.h"
#include "events/payload_codec.h"

namespace civiclog {

Result<const VersionedState*> StateCache::find(const StreamId& stream) {
  if (const auto found = entries_.find(stream); found != entries_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second.place);
    return &found->second.state;
  }
  VersionedState state{kNone, initial_state(stream.kind), true};
  const Result<std::vector<StoredEvent>> events = log_.read_stream(stream, kNone);
  if (!events) return events.error();
  for (const StoredEvent& event : *events) {
    Result<Payload> payload = decode_payload(event);
    if (!payload) return payload.error();
    evolve(state.state, Fact{std::move(*payload), event.envelope.actor});
    state.version = event.envelope.stream_version;
  }
  recent_.push_front(stream);
  const auto inserted = entries_.emplace(stream, Entry{std::move(state), 0, recent_.begin()});
  return &inserted.first->second.state;
}

void StateCache::expect(const Decision& decision) {
  for (const NewEvent& event : decision) {
    const auto found = entries_.find(event.stream);
    CHECK(found != entries_.end());  // A decision loads every stream it writes.
    Entry& entry = found->second;
    evolve(entry.state.state, event.fact);
    entry.state.version = entry.state.version.next();
    entry.state.durable = false;
    ++entry.under_way;
  }
}

void StateCache::confirm(const Decision& decision) {
  for (const NewEvent& event : decision) {
    const auto found = entries_.find(event.stream);
    if (found == entries_.end() || found->second.under_way == 0) continue;
    if (--found->second.under_way == 0) found->second.state.durable = true;
  }
}

void StateCache::trim() {
  auto oldest = recent_.end();
  for (size_t over = entries_.size() > kMaxEntries ? entries_.size() - kMaxEntries : 0; over > 0 && oldest != recent_.begin();) {
    --oldest;
    const auto found = entries_.find(*oldest);
    if (found->second.under_way > 0) continue;
    entries_.erase(found);
    oldest = recent_.erase(oldest);
    --over;
  }
}

}  // namespace civiclog
