#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "events/event_log.h"
#include "projections/bulk/bulk_limits.h"
#include "projections/projection.h"
#include "projections/views.h"

// Follows the log and keeps the read models. One thread for all of them: every event is read and decoded once, and the
// rows of all read models are committed together with their checkpoints, so that running read models are always of the
// same position.
//
// A read model stops by itself (state faulted, with position and reason, on disk) when its own rows cannot be read;
// the others go on. An event that cannot be read or decoded stops all of them there, since nobody can know what it says. A
// faulted one is tried again at the next start, or by retry().
//
// A projection whose version differs from its active generation's is built beside it, which answers readers meanwhile
// (its code is gone, so it stands still), and switched to when it has caught up. rebuild() does the same on purpose;
// then the old generation goes on following. Long builds are done in bulk, beside the following.
//
// Owns the projections; log and views must outlive it. Threads: start, stop and catch_up_to from one thread;
// everything else from any. catch_up_to() is for tools, without start().

namespace civiclog {

class BulkBuild;

inline constexpr size_t kMaxProjectorBatch = kMaxReadBatch;
inline constexpr size_t kMaxProjectorBatchBytes = 16 << 20;  // Written rows; a batch ends early when it has more.

struct ProjectorOptions {
  size_t batch_events = 2'000;  // At most kMaxProjectorBatch.
  // How long it may take to notice a request or a stop of the log.
  std::chrono::milliseconds idle_wait{200};
  // Builds from the first event over at least so many are done in bulk (projections/bulk/bulk_build.h).
  uint64_t bulk_from_events = 20'000;
  BulkLimits bulk;
  // For `civic-replay rebuild`: read models that are ahead of the log, or of another history, are dropped and built anew
  // instead of refused.
  bool drop_what_does_not_fit = false;
  // Told when a read model stops, on the thread that follows.
  std::function<void(const Error&)> on_fault = {};
};

struct CatchUpProgress {
  Position done;  // What every read model still being computed has applied.
  Position goal;
  uint64_t rows_written = 0;  // At the end of a build in bulk: of its tables.
  uint64_t rows = 0;          // How many those are; 0 while events are applied.
};
using OnProgress = std::function<void(const CatchUpProgress&)>;

class Projector {
 public:
  // Begins the builds that are due. Errors: kIncompatible (see Views::check_against), kIo, kCorrupt.
  static Result<std::unique_ptr<Projector>> create(const EventLog& log, Views& views, Projections projections,
                                                   ProjectorOptions options = {});
  ~Projector();  // Stops.
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  void start();
  void stop();  // Within one batch.

  // Applies everything up to `goal` and switches to what was built. Ends early when stopped (kUnavailable) or when
  // nothing more can be applied: then it is the error of a read model that faulted, the others having reached the goal.
  Status catch_up_to(Position goal, std::stop_token stop = {}, const OnProgress& progress = {});

  // Waits until the read model that answers readers has applied `position`. kUnavailable: faulted (at once), stopped, or
  // not before the deadline. kNotFound: no such read model.
  Status wait_applied(std::string_view projection, Position position, Deadline deadline, std::stop_token stop = {}) const;

  // A number that grows whenever read models have moved. Waits until it is another one than `seen`, or the deadline.
  uint64_t progress() const { return progress_.load(std::memory_order_acquire); }
  uint64_t wait_progress(uint64_t seen, Deadline deadline, std::stop_token stop = {}) const;

  // Both take effect within idle_wait, or in the next catch_up_to(). kNotFound: no such projection. rebuild() begins
  // a build beside the active one, in place of one that is under way; other errors are the disk's.
  Status retry(std::string_view projection);
  Status rebuild(std::string_view projection);

  std::vector<std::string> names() const;

 private:
  struct Track {
    const Projection* projection;
    GenerationRecord record;
    bool active;
    bool stopped = false;  // Faulted, and not to be tried again until somebody asks.
    bool in_bulk = false;
    bool bulk_failed = false;  // So it is built in the ordinary way.

    void fault(const Error& error) {
      record.state = ViewState::kFaulted;
      record.fault_position = record.checkpoint.next();
      record.error = error.message;
      stopped = true;
    }
  };

  Projector(const EventLog& log, Views& views, Projections projections, ProjectorOptions options);
  Status prepare();
  Status drop_unfit();
  Status add_track(const Projection& projection);
  Status begin_build(const Projection& projection);
  void run(std::stop_token stop);
  bool step(Position goal);
  bool advance(bool active, Position goal);
  bool is_due_in_bulk(const Track& track, Position goal) const;
  bool advance_bulk(Position goal);
  bool begin_bulk(Position goal);
  void end_bulk(const Status& outcome);
  void give_up_bulk(bool failed);
  CatchUpProgress progress_to(Position goal) const;
  void apply_batch(const std::vector<Track*>& group, const std::vector<StoredEvent>& events);
  Result<std::vector<StoredEvent>> read_batch(Position after, Position goal) const;
  void commit(ViewBatch& batch, const std::vector<Track*>& group);
  void tell_fault(const Track& track) const;
  bool settle(Position goal);
  Status serve_requests();
  void announce() const;
  bool is_known(std::string_view projection) const;
  std::optional<Position> lowest(bool active, Position goal) const;

  const EventLog& log_;
  Views& views_;
  const Projections projections_;
  const ProjectorOptions options_;
  std::vector<Track> tracks_;  // The following thread's own, as is bulk_.
  std::unique_ptr<BulkBuild> bulk_;
  bool finishing_bulk_ = false;
  mutable std::mutex mutex_;   // Guards what follows.
  mutable std::condition_variable_any changed_;
  mutable std::atomic<uint64_t> progress_{0};  // Written under mutex_.
  bool stopping_ = false;
  std::set<std::string, std::less<>> retries_;
  std::vector<Track> begun_;  // Builds asked for.
  std::jthread thread_;
};

}  // namespace civiclog
