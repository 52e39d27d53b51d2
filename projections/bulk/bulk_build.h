#pragma once

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <span>
#include <vector>

#include "events/event_log.h"
#include "projections/bulk/bulk_limits.h"
#include "projections/bulk/event_feed.h"
#include "projections/generation.h"
#include "projections/projection.h"

namespace civiclog {

class BulkWriter;

// Builds several read models at once, from the first event up to a goal, into generations that are empty and that nobody reads
// yet. Many times as fast as following, and all or nothing: all rows come into all generations at once, at the very end, and after a
// stop or an error the build begins again from the first event. What went wrong is not looked into here: the projector builds in
// the ordinary way then, which stops at the very event, with the reason on disk.
//
// All methods by one thread; the feed, the sorting of runs and the writing of tables are done beside, by threads of the
// build's own.
class BulkBuild {
 public:
  struct Part {
    const Projection* projection;
    std::shared_ptr<const Generation> generation;
  };

  // `directory` is made for the build, and removed with it; what was there is gone.
  static Result<std::unique_ptr<BulkBuild>> begin(const EventLog& log, Position goal, std::span<const Part> parts,
                                                  const std::filesystem::path& directory, const BulkLimits& limits = {});
  ~BulkBuild();
  BulkBuild(const BulkBuild&) = delete;
  BulkBuild& operator=(const BulkBuild&) = delete;

  // Applies some thousand events. False when all are.
  Result<bool> step();
  // Puts all rows into the generations, on threads of its own; afterwards they are as if they had followed to the goal.
  void begin_finish();
  // Whether it has ended; waits for it until then.
  bool finished(std::chrono::milliseconds patience) const;
  // Once, after begin_finish().
  Status outcome() { return finish_.get(); }

  Position position() const { return position_; }
  Position goal() const { return goal_; }
  Digest last_event() const { return last_event_; }
  // Of begin_finish(): rows done, and how many there are.
  uint64_t rows_done() const { return rows_done_; }
  uint64_t rows() const { return rows_; }

 private:
  struct Place {
    const Projection* projection;
    std::unique_ptr<BulkWriter> writer;
  };

  BulkBuild(const EventLog& log, Position goal, rocksdb::DB& db, std::filesystem::path directory, const BulkLimits& limits);
  Status put_away();
  Status write_all();

  rocksdb::DB& db_;
  const Position goal_;
  const std::filesystem::path directory_;
  const BulkLimits limits_;
  EventFeed feed_;
  std::vector<Place> places_;
  Position position_;
  Digest last_event_{};
  std::atomic<uint64_t> rows_done_{0};
  uint64_t rows_ = 0;
  std::future<Status> finish_;
};

}  // namespace civiclog
