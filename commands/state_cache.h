#pragma once

#include <list>
#include <unordered_map>

#include "commands/stream_state.h"
#include "events/event_log.h"

// Folded states of streams over a log, for one thread. Holds two kinds of truth in one entry: what is in the log, and
// what has been decided and is on its way there, so that commands on one stream can be decided one after the other without
// waiting for a flush. Stream checks make a wrong guess harmless: its commit conflicts, and everything is forgotten.
//
// At most kMaxEntries streams, least recently used first out; entries with events under way stay.

namespace civiclog {

class StateCache final : public StateSource {
 public:
  static constexpr size_t kMaxEntries = 65'536;

  explicit StateCache(const EventLog& log) : log_(log) {}

  Result<const VersionedState*> find(const StreamId& stream) override;

  // The decision has been sent to the log: what is decided next stands on it.
  void expect(const Decision& decision);
  // It is durable.
  void confirm(const Decision& decision);
  // A commit failed, so nothing believed here can be relied on. Only when no decision is under way any more.
  void forget_all() {
    entries_.clear();
    recent_.clear();
  }
  // Drops what is over the limit. Invalidates pointers from find(): call it between decisions.
  void trim();

 private:
  struct Entry {
    VersionedState state;
    size_t under_way = 0;  // Events expected and not confirmed.
    std::list<StreamId>::iterator place;
  };

  const EventLog& log_;
  std::unordered_map<StreamId, Entry, StreamIdHash> entries_;
  std::list<StreamId> recent_;  // Most recently used first.
};

}  // namespace civiclog
