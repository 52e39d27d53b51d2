#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "events/event_log.h"

// Decides what a log does with each request of a batch, and gives events their place: checks against what is durable
// *plus everything staged before*, command ids, positions, stream versions, time. It writes nothing; the log writes
// staged() and then calls applied(). Owned by the log's writer thread; not thread-safe.

namespace civiclog {

// What is durable. Called on the writer thread, only for what is neither staged nor remembered.
struct DurableLookups {
  std::function<Result<Version>(const StreamId&)> version;
  std::function<Result<std::optional<CommandRecord>>(CommandId)> command;
};

struct Verdict {
  Result<Appended> answer;
  // The answer tells of something staged: it is true only once the batch is durable.
  bool rests_on_staged = false;
};

// Versions of recently used streams, bounded: two generations, and when the young one is full the old one goes.
class VersionCache {
 public:
  static constexpr size_t kMaxPerGeneration = 65'536;

  std::optional<Version> find(const StreamId& stream);
  void put(const StreamId& stream, Version version);

 private:
  std::unordered_map<StreamId, Version, StreamIdHash> young_;
  std::unordered_map<StreamId, Version, StreamIdHash> old_;
};

class CommitStager {
 public:
  // `head` and `last_recorded_at` are those of the log's last event; 0 and the smallest time for an empty log.
  CommitStager(LogId log, Position head, Timestamp last_recorded_at, Clock clock, DurableLookups durable);

  // A lookup that fails is the answer to this one request, with nothing staged for it.
  Verdict stage(const AppendRequest& request);

  // In order of position, of whole commits.
  const std::vector<StoredEvent>& staged() const { return staged_; }
  size_t staged_commits() const { return staged_commands_.size(); }
  // All of staged() is durable now.
  void applied();

 private:
  struct Known {
    Version version;
    bool is_staged = false;
  };

  Result<Known> version_of(const StreamId& stream);
  std::optional<Verdict> known_command(const AppendRequest& request);
  std::optional<Verdict> failed_check(const AppendRequest& request);
  Timestamp next_time(std::optional<Timestamp> source_time);
  Appended place(const AppendRequest& request);

  const LogId log_;
  const Clock clock_;
  const DurableLookups durable_;
  Position head_;  // Of what is staged, or else of what is durable.
  Timestamp last_recorded_at_;
  std::vector<StoredEvent> staged_;
  std::unordered_map<StreamId, Version, StreamIdHash> staged_versions_;
  std::unordered_map<CommandId, CommandRecord, UuidHash> staged_commands_;
  VersionCache cache_;
};

}  // namespace civiclog
