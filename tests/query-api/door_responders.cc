#include "tests/query-api/door_responders.h"

#include <utility>

namespace civiclog {

Responders::Responders(size_t threads) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

void Responders::add(std::chrono::microseconds delay, Act act) {
  {
    const std::lock_guard lock(mutex_);
    acts_.emplace(Clock::now() + delay, std::move(act));
  }
  changed_.notify_one();
}

void Responders::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (acts_.empty()) {
      changed_.wait(lock, stop, [this] { return !acts_.empty(); });
      continue;
    }
    const auto first = acts_.begin();
    if (const Clock::time_point due = first->first; due > Clock::now()) {
      changed_.wait_until(lock, stop, due, [this, due] { return !acts_.empty() && acts_.begin()->first < due; });
      continue;
    }
    {
      const Act act = std::move(acts_.extract(first).mapped());
      lock.unlock();
      act();
    }
    lock.lock();
  }
}

}  // namespace civiclog
