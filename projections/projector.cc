#include "projections/projector.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/check.h"
#include "projections/bulk/bulk_build.h"

namespace civiclog {
namespace {

// Between two looks at a build in bulk that writes its tables.
constexpr std::chrono::milliseconds kFinishPause{50};

Error no_such(std::string_view projection) {
  return not_found(fmt::format("There is no read model {}.", projection));
}

Error unavailable(std::string message) { return {ErrorCode::kUnavailable, std::move(message), {}}; }

Error fault_of(const GenerationRecord& record) {
  return unavailable(fmt::format("The read model {} stopped at position {}: {}", record.projection,
                                 record.fault_position.value, record.error));
}

}  // namespace

Projector::Projector(const EventLog& log, Views& views, Projections projections, ProjectorOptions options)
    : log_(log), views_(views), projections_(std::move(projections)), options_(std::move(options)) {
  CHECK(options_.batch_events > 0 && options_.batch_events <= kMaxProjectorBatch);
}

Result<std::unique_ptr<Projector>> Projector::create(const EventLog& log, Views& views, Projections projections,
                                                     ProjectorOptions options) {
  std::unique_ptr<Projector> projector(new Projector(log, views, std::move(projections), std::move(options)));
  if (Status status = projector->prepare(); !status) return status.error();
  return projector;
}

Projector::~Projector() { stop(); }

Status Projector::prepare() {
  if (options_.drop_what_does_not_fit) {
    if (Status status = drop_unfit(); !status) return status;
  } else if (Status fits = views_.check_against(log_); !fits) {
    return fits;
  }
  for (const auto& projection : projections_) {
    if (Status status = add_track(*projection); !status) return status;
  }
  return {};
}

Status Projector::drop_unfit() {
  for (const GenerationRecord& record : views_.generations()) {
    const Status fits = views_.check_against(log_, record);
    if (fits) continue;
    if (fits.error().code != ErrorCode::kIncompatible) return fits;
    if (Status dropped = views_.drop(record); !dropped) return dropped;
  }
  return {};
}

Status Projector::add_track(const Projection& projection) {
  const std::optional<GenerationRecord> active = views_.active(projection.name());
  bool building = false;
  for (const GenerationRecord& record : views_.generations()) {
    if (record.projection != projection.name()) continue;
    const bool is_active = active && active->number == record.number;
    const Result<bool> half_done = views_.has_rows_before_any_event(record);
    if (!half_done) return half_done.error();
    if (record.version == projection.version() && !*half_done) {
      tracks_.push_back({&projection, record, is_active});
      building = true;
    } else if (!is_active || *half_done) {
      // A build that another version of the program began and nobody will finish, or one in bulk that was interrupted at its end.
      if (Status status = views_.drop(record); !status) return status;
    }
  }
  return building ? Status() : begin_build(projection);
}

Status Projector::begin_build(const Projection& projection) {
  Result<GenerationRecord> record = views_.begin_generation(projection.name(), projection.version());
  if (!record) return record.error();
  const std::optional<GenerationRecord> active = views_.active(projection.name());
  tracks_.push_back({&projection, *record, active && active->number == record->number});
  return {};
}

void Projector::start() {
  CHECK(!thread_.joinable());
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Projector::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Projector::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const Position head = log_.head();
    // A build that could not be dropped goes away with the next switch or at the next start.
    static_cast<void>(serve_requests());
    if (step(head)) continue;
    const Deadline deadline = std::chrono::steady_clock::now() + options_.idle_wait;
    if (log_.wait_past(head, deadline, stop)) continue;
    // The log answers at once when it has stopped; asking it again and again would keep a processor busy.
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, deadline, [this] { return !retries_.empty() || !begun_.empty(); });
  }
}

// A batch of what answers readers, then one of what is being built: neither starves the other.
bool Projector::step(Position goal) {
  const bool followed = advance(true, goal);
  const bool built = advance(false, goal);
  const bool built_in_bulk = advance_bulk(goal);
  return settle(goal) || followed || built || built_in_bulk;
}

std::optional<Position> Projector::lowest(bool active, Position goal) const {
  std::optional<Position> out;
  for (const Track& track : tracks_) {
    if (track.active != active || track.stopped || track.record.checkpoint >= goal || is_due_in_bulk(track, goal)) continue;
    if (!out || track.record.checkpoint < *out) out = track.record.checkpoint;
  }
  return out;
}

bool Projector::advance(bool active, Position goal) {
  const std::optional<Position> after = lowest(active, goal);
  if (!after) return false;
  std::vector<Track*> group;
  for (Track& track : tracks_) {
    const bool is_behind = track.active == active && !track.stopped && track.record.checkpoint < goal;
    if (is_behind && !is_due_in_bulk(track, goal)) group.push_back(&track);
  }
  const Result<std::vector<StoredEvent>> events = read_batch(*after, goal);
  if (events) {
    apply_batch(group, *events);
    return true;
  }
  std::erase_if(group, [&](const Track* track) { return track->record.checkpoint != *after; });
  for (Track* track : group) {
    track->fault(events.error());
    tell_fault(*track);
  }
  ViewBatch nothing;
  commit(nothing, group);
  return true;
}

// A damaged event fails the whole read: smaller and smaller ones come up to it.
Result<std::vector<StoredEvent>> Projector::read_batch(Position after, Position goal) const {
  size_t limit = static_cast<size_t>(std::min<uint64_t>(options_.batch_events, goal.value - after.value));
  while (true) {
    Result<std::vector<StoredEvent>> events = log_.read(after, limit);
    if (!events && limit > 1) {
      limit /= 2;
      continue;
    }
    if (events && events->empty()) {
      return corrupt(fmt::format("The log has no event after position {}, yet says it goes on; run `civic-replay verify`.", after.value));
    }
    if (events && events->front().envelope.position != after.next()) {
      return corrupt(fmt::format("The log goes on with position {} after {}; run `civic-replay verify`.",
                                 events->front().envelope.position.value, after.value));
    }
    return events;
  }
}

void Projector::apply_batch(const std::vector<Track*>& group, const std::vector<StoredEvent>& events) {
  ViewBatch batch;
  std::deque<BatchWriter> writers;
  for (const Track* track : group) writers.emplace_back(views_.columns(track->record), batch);
  Position expected = events.front().envelope.position;
  const StoredEvent* last = nullptr;
  for (const StoredEvent& event : events) {
    Result<RecordedEvent> recorded = record(event);
    if (recorded && recorded->position() != expected) {
      recorded = Result<RecordedEvent>(corrupt(fmt::format("The log goes from position {} to {}; run `civic-replay verify`.",
                                                           expected.value - 1, recorded->position().value)));
    }
    for (size_t i = 0; i < group.size(); ++i) {
      Track& track = *group[i];
      if (track.stopped || track.record.checkpoint.next() != expected) continue;
      Status applied;
      if (recorded) {
        writers[i].begin(expected);
        track.projection->apply(*recorded, writers[i]);
        applied = writers[i].end();
      } else {
        applied = recorded.error();
      }
      if (applied) {
        track.record.checkpoint = expected;
        continue;
      }
      track.fault(applied.error());
      track.record.last_event = last != nullptr ? sha256(last->bytes) : track.record.last_event;
      tell_fault(track);
    }
    if (!recorded) break;
    last = &event;
    expected = expected.next();
    if (batch.bytes() > kMaxProjectorBatchBytes) break;
  }
  for (Track* track : group) {
    if (track->stopped || last == nullptr || track->record.checkpoint != last->envelope.position) continue;
    track->record.last_event = sha256(last->bytes);
    if (track->record.state == ViewState::kFaulted) {
      track->record.state = ViewState::kBuilding;  // Tried again, and it went well; settle() says when it runs.
      track->record.fault_position = {};
      track->record.error.clear();
    }
  }
  commit(batch, group);
}

void Projector::commit(ViewBatch& batch, const std::vector<Track*>& group) {
  std::vector<GenerationRecord> records;
  for (const Track* track : group) records.push_back(track->record);
  if (const Status written = views_.commit(batch, records); !written) {
    // Nothing was written, so these are where they were; nor can that be written down.
    for (Track* track : group) {
      track->record = views_.fault_in_memory(track->record, written.error());
      track->stopped = true;
      tell_fault(*track);
    }
  }
  announce();
}

void Projector::tell_fault(const Track& track) const {
  if (options_.on_fault) options_.on_fault(fault_of(track.record));
}

// Declares what has caught up to be running, and switches to it. True if that changed anything.
bool Projector::settle(Position goal) {
  bool changed = false;
  for (Track& track : tracks_) {
    if (track.stopped || track.record.checkpoint < goal) continue;
    const std::optional<GenerationRecord> active = views_.active(track.record.projection);
    if (track.active && track.record.state == ViewState::kRunning) continue;
    if (track.record.state == ViewState::kFaulted) continue;
    if (!track.active && active && active->checkpoint > track.record.checkpoint) continue;
    track.record.state = ViewState::kRunning;
    if (track.active) {
      ViewBatch nothing;
      commit(nothing, {&track});
    } else if (const Status switched = views_.switch_to(track.record); !switched) {
      track.record = views_.fault_in_memory(track.record, switched.error());
      track.stopped = true;
      tell_fault(track);
    } else {
      track.active = true;
    }
    changed = true;
  }
  // The generations that a switch has dropped.
  std::erase_if(tracks_, [this](const Track& track) {
    const std::optional<GenerationRecord> active = views_.active(track.record.projection);
    return active && track.record.number < active->number;
  });
  if (changed) announce();
  return changed;
}

Status Projector::catch_up_to(Position goal, std::stop_token stop, const OnProgress& progress) {
  CHECK(!thread_.joinable());
  CHECK(goal <= log_.head());
  if (Status status = serve_requests(); !status) return status;
  while (step(goal) || bulk_) {
    if (stop.stop_requested()) return unavailable("Stopped before the read models had caught up; start again to go on.");
    if (finishing_bulk_) bulk_->finished(kFinishPause);
    if (progress) progress(progress_to(goal));
  }
  for (const Track& track : tracks_) {
    if (track.stopped) return fault_of(track.record);
  }
  return {};
}

void Projector::announce() const {
  {
    const std::scoped_lock lock(mutex_);  // A waiter is either before its look or already waiting.
    ++progress_;
  }
  changed_.notify_all();
}

Status Projector::wait_applied(std::string_view projection, Position position, Deadline deadline,
                               std::stop_token stop) const {
  if (!is_known(projection)) return no_such(projection);
  std::optional<GenerationRecord> record;
  bool stopping = false;
  const auto decided = [&] {
    record = views_.active(projection);
    stopping = stopping_;
    return stopping || (record && (record->checkpoint >= position || record->state == ViewState::kFaulted));
  };
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, deadline, decided);
  lock.unlock();
  if (record && record->checkpoint >= position) return {};
  if (record && record->state == ViewState::kFaulted) return fault_of(*record);
  if (stopping || stop.stop_requested()) return unavailable("The service is stopping; ask again later.");
  return unavailable(fmt::format("The read model {} has not applied position {} yet; ask again soon.", projection, position.value));
}

uint64_t Projector::wait_progress(uint64_t seen, Deadline deadline, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, deadline, [&] { return progress_ != seen; });
  return progress_;
}

bool Projector::is_known(std::string_view projection) const {
  return std::any_of(projections_.begin(), projections_.end(), [&](const auto& known) { return known->name() == projection; });
}

Status Projector::retry(std::string_view projection) {
  if (!is_known(projection)) return no_such(projection);
  {
    const std::scoped_lock lock(mutex_);
    retries_.emplace(projection);
  }
  changed_.notify_all();
  return {};
}

Status Projector::rebuild(std::string_view projection) {
  const auto known = std::find_if(projections_.begin(), projections_.end(),
                                  [&](const auto& candidate) { return candidate->name() == projection; });
  if (known == projections_.end()) return no_such(projection);
  {
    const std::scoped_lock lock(mutex_);
    Result<GenerationRecord> record = views_.begin_generation(projection, (*known)->version());
    if (!record) return record.error();
    begun_.push_back({known->get(), std::move(*record), false});
  }
  changed_.notify_all();
  return {};
}

Status Projector::serve_requests() {
  std::set<std::string, std::less<>> retries;
  std::vector<Track> begun;
  {
    const std::scoped_lock lock(mutex_);
    retries.swap(retries_);
    begun.swap(begun_);
  }
  for (Track& track : tracks_) {
    if (retries.contains(track.record.projection)) track.stopped = false;
  }
  Status outcome;
  for (Track& fresh : begun) {
    // A build under way is given up for the new one.
    const auto superseded = [&](const Track& track) { return track.projection == fresh.projection && !track.active; };
    if (std::ranges::any_of(tracks_, [&](const Track& track) { return superseded(track) && track.in_bulk; })) give_up_bulk(false);
    for (const Track& track : tracks_) {
      if (!superseded(track)) continue;
      if (Status dropped = views_.drop(track.record); !dropped) outcome = dropped;
    }
    std::erase_if(tracks_, superseded);
    tracks_.push_back(std::move(fresh));
  }
  return outcome;
}

std::vector<std::string> Projector::names() const {
  std::vector<std::string> out;
  for (const auto& projection : projections_) out.emplace_back(projection->name());
  return out;
}

}  // namespace civiclog
