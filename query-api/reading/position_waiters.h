#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "projections/projector.h"
#include "projections/views.h"

namespace civiclog {

// Requests that wait for read models to apply a position, without a thread each: one thread looks after all of them whenever the
// projector has moved. From any thread; `then` runs once, on that one thread or within add(), and must not block.
class PositionWaiters {
 public:
  struct Wait {
    std::vector<std::string_view> models;  // Names that live as long as the waiters.
    Position position;
    Deadline deadline;
    std::function<void()> then;  // All have applied it, or one is faulted, or it is too late, or waiting has ended: who asked looks.
  };

  // All must outlive this.
  PositionWaiters(const Projector& projector, const Views& views, size_t max_waiting);
  ~PositionWaiters();
  PositionWaiters(const PositionWaiters&) = delete;
  PositionWaiters& operator=(const PositionWaiters&) = delete;

  // False, and `then` is not called, when too many wait already or waiting has ended.
  bool add(Wait wait);
  // Nobody waits any more.
  void stop();
  size_t waiting() const;

 private:
  using Checkpoints = std::map<std::string_view, std::optional<GenerationRecord>>;

  void run(const std::stop_token& stop);
  bool is_over(const Wait& wait, Deadline now, Checkpoints& known) const;
  std::vector<Wait> take_those_over();

  const Projector& projector_;
  const Views& views_;
  const size_t max_waiting_;
  mutable std::mutex mutex_;
  std::vector<Wait> waits_;  // Guarded by mutex_.
  bool ended_ = false;       // Guarded by mutex_.
  std::jthread thread_;
};

}  // namespace civiclog
