#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

// Threads that do something later, as those do that answer the door's LaterResponse. Acts that are due at once are taken up by
// several threads at a time, in no order. add() from any thread; what is not due at destruction is dropped.

namespace civiclog {

class Responders {
 public:
  using Act = std::function<void()>;

  explicit Responders(size_t threads);

  void add(std::chrono::microseconds delay, Act act);

 private:
  using Clock = std::chrono::steady_clock;
  void work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::multimap<Clock::time_point, Act> acts_;  // Guarded by mutex_.
  std::vector<std::jthread> threads_;           // Last, so that they end first.
};

}  // namespace civiclog
