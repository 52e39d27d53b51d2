#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "events/envelope.h"

// The log: one totally ordered sequence of events per installation, positions 1, 2, 3 … without gaps, in the order
// of commit and of publication. Every implementation passes the one conformance suite (tests/log/conformance.*).

namespace civiclog {

// "This stream must be at exactly this version." kNone: it must not exist yet. A command may check streams that
// it does not write.
struct StreamCheck {
  StreamId stream;
  Version expected;
};

// An event before the log has given it its place.
struct EventDraft {
  StreamId stream;
  std::string type;
  uint16_t schema = 1;
  std::string payload;
  Actor actor;
  std::optional<Timestamp> occurred_at;
};

// One commit: all events of one command, written together or not at all.
struct AppendRequest {
  CommandId command;
  Digest body_digest{};
  std::vector<StreamCheck> checks;
  std::vector<EventDraft> events;  // At least one, at most kMaxEventsPerCommit.
  // Importing history: what the log's clock shall say. The log uses the later of this and its last recorded_at, and
  // never a time in the future.
  std::optional<Timestamp> source_time;
};

struct Appended {
  Position first;
  Position last;
  Timestamp recorded_at;
  bool repeated = false;  // The command id was known, with the same body: this is the first answer again.
};

struct CommandRecord {
  Position first;
  Position last;
  Digest body_digest{};
  Timestamp recorded_at;
};

using Deadline = std::chrono::steady_clock::time_point;
using Completion = std::function<void(Result<Appended>)>;

inline constexpr size_t kMaxEventsPerCommit = 1'000;
inline constexpr size_t kMaxCommitBytes = 1'000'000;  // Fits a Kafka record with its default limits.
inline constexpr size_t kMaxReadBatch = 10'000;

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Queues a commit and returns. `completion` runs exactly once, on the log's own thread, when the commit is durable
  // and readable, or has failed; or at once on the caller's thread when the request is refused before queueing. It must not
  // block and must not call append. Order of calls = order of commits. From any thread. Errors:
  //   kInvalidArgument  no event, too many, or over a size limit ("too_large"): never staged
  //   kConflict         a stream check failed; the message names the stream and its real version ("version_conflict")
  //   kCommandReused    the command id is known with another body
  //   kUnavailable      the queue is full ("queue_full"), or the log is stopping or has stopped ("log_stopped"): nothing written
  //   kOutcomeUnknown   the flush failed or timed out: retry with the same command id
  virtual void append(AppendRequest request, Completion completion) = 0;

  // Events after `after`, in order, at most `limit` (and at most kMaxReadBatch, and about 16 MiB). Ends at head():
  // a reader never sees a hole or an event that is not durable. kCorrupt names the position of a damaged event.
  virtual Result<std::vector<StoredEvent>> read(Position after, size_t limit) const = 0;

  // Events of one stream with a version greater than `after`, in order. Empty for an unknown stream.
  virtual Result<std::vector<StoredEvent>> read_stream(StreamId stream, Version after) const = 0;

  // kNone for an unknown stream.
  virtual Result<Version> stream_version(StreamId stream) const = 0;

  // Remembered for ever.
  virtual Result<std::optional<CommandRecord>> find_command(CommandId command) const = 0;

  // Position of the last durable, readable event.
  virtual Position head() const = 0;

  // Waits until head() > position. False when the deadline passes, the token is stopped, or the log stops.
  virtual bool wait_past(Position position, Deadline deadline, std::stop_token stop) const = 0;

  virtual LogId id() const = 0;
};

// append() and wait for the answer. Not from the log's own thread.
Result<Appended> append_and_wait(EventLog& log, AppendRequest request);

// One event by its position; kNotFound beyond head().
Result<StoredEvent> read_one(const EventLog& log, Position position);

// The last position with recorded_at <= time; 0 when there is none. A binary search: about 25 reads in ten million events.
Result<Position> position_at(const EventLog& log, Timestamp time);

}  // namespace civiclog
