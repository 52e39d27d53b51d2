#include "query-api/reading/position_waiters.h"

#include <algorithm>

namespace civiclog {
namespace {

// How late a deadline, or a wait that begins while the projector stands still, may be noticed.
constexpr std::chrono::milliseconds kLookAgainAfter{50};

}  // namespace

PositionWaiters::PositionWaiters(const Projector& projector, const Views& views, size_t max_waiting)
    : projector_(projector),
      views_(views),
      max_waiting_(max_waiting),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

PositionWaiters::~PositionWaiters() { stop(); }

bool PositionWaiters::add(Wait wait) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || waits_.size() >= max_waiting_) return false;
    // What moves from here on wakes the thread.
    Checkpoints known;
    if (!is_over(wait, std::chrono::steady_clock::now(), known)) {
      waits_.push_back(std::move(wait));
      return true;
    }
  }
  wait.then();
  return true;
}

void PositionWaiters::stop() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

size_t PositionWaiters::waiting() const {
  const std::lock_guard lock(mutex_);
  return waits_.size();
}

bool PositionWaiters::is_over(const Wait& wait, Deadline now, Checkpoints& known) const {
  if (ended_ || now >= wait.deadline) return true;
  bool all = true;
  for (const std::string_view model : wait.models) {
    const auto found = known.find(model);
    const std::optional<GenerationRecord>& record = found != known.end() ? found->second : known.emplace(model, views_.active(model)).first->second;
    if (record && record->state == ViewState::kFaulted) return true;
    all = all && record && record->checkpoint >= wait.position;
  }
  return all;
}

std::vector<PositionWaiters::Wait> PositionWaiters::take_those_over() {
  const std::lock_guard lock(mutex_);
  Checkpoints known;
  const Deadline now = std::chrono::steady_clock::now();
  const auto over = std::stable_partition(waits_.begin(), waits_.end(), [&](const Wait& wait) { return !is_over(wait, now, known); });
  std::vector<Wait> out(std::make_move_iterator(over), std::make_move_iterator(waits_.end()));
  waits_.erase(over, waits_.end());
  return out;
}

void PositionWaiters::run(const std::stop_token& stop) {
  uint64_t seen = 0;
  while (!stop.stop_requested()) {
    seen = projector_.wait_progress(seen, std::chrono::steady_clock::now() + kLookAgainAfter, stop);
    for (const Wait& wait : take_those_over()) wait.then();
  }
  for (const Wait& wait : take_those_over()) wait.then();
}

}  // namespace civiclog
