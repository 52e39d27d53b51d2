#include <algorithm>

#include "projections/bulk/bulk_build.h"
#include "projections/projector.h"

// The projector's builds in bulk. Only one is under way; what becomes due meanwhile waits for it.

namespace civiclog {

bool Projector::is_due_in_bulk(const Track& track, Position goal) const {
  return track.in_bulk || (track.record.checkpoint == Position{} && !track.stopped && !track.bulk_failed &&
                           goal.value >= options_.bulk_from_events);
}

// One slice of the build in bulk, if there is one to be done.
bool Projector::advance_bulk(Position goal) {
  if (!bulk_) return begin_bulk(goal);
  if (finishing_bulk_) {
    if (!bulk_->finished({})) return false;
    end_bulk(bulk_->outcome());
    return true;
  }
  const Result<bool> more = bulk_->step();
  if (!more) {
    give_up_bulk(true);
  } else if (!*more) {
    finishing_bulk_ = true;
    bulk_->begin_finish();
  }
  return true;
}

bool Projector::begin_bulk(Position goal) {
  std::vector<BulkBuild::Part> parts;
  for (Track& track : tracks_) {
    track.in_bulk = is_due_in_bulk(track, goal);
    if (track.in_bulk) parts.push_back({track.projection, views_.columns(track.record)});
  }
  if (parts.empty()) return false;
  Result<std::unique_ptr<BulkBuild>> begun = BulkBuild::begin(log_, goal, parts, views_.bulk_directory(), options_.bulk);
  if (begun) bulk_ = std::move(*begun);
  else give_up_bulk(true);
  return true;
}

void Projector::end_bulk(const Status& outcome) {
  if (!outcome) return give_up_bulk(true);
  std::vector<Track*> group;
  for (Track& track : tracks_) {
    if (!track.in_bulk) continue;
    track.in_bulk = false;
    track.record.checkpoint = bulk_->goal();
    track.record.last_event = bulk_->last_event();
    group.push_back(&track);
  }
  bulk_.reset();
  finishing_bulk_ = false;
  ViewBatch nothing;
  commit(nothing, group);
}

// What went wrong in bulk comes up again in the ordinary way, with its position. A generation that may have got rows already is
// begun anew.
void Projector::give_up_bulk(bool failed) {
  bulk_.reset();
  for (Track& track : tracks_) {
    if (!track.in_bulk) continue;
    track.in_bulk = false;
    track.bulk_failed = failed;
    if (!finishing_bulk_) continue;
    const Status dropped = views_.drop(track.record);
    Result<GenerationRecord> fresh = dropped ? views_.begin_generation(track.projection->name(), track.projection->version())
                                             : Result<GenerationRecord>(dropped.error());
    if (fresh) {
      track.record = std::move(*fresh);
    } else {
      track.fault(fresh.error());
      tell_fault(track);
    }
  }
  finishing_bulk_ = false;
}

CatchUpProgress Projector::progress_to(Position goal) const {
  if (finishing_bulk_) return {goal, goal, bulk_->rows_done(), bulk_->rows()};
  const std::optional<Position> following = lowest(true, goal);
  const std::optional<Position> building = lowest(false, goal);
  return {std::min({following.value_or(goal), building.value_or(goal), bulk_ ? bulk_->position() : goal}), goal};
}

}  // namespace civiclog
