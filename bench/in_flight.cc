#include "bench/in_flight.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "bench/stopwatch.h"

namespace civiclog {
namespace {

using Clock = std::chrono::steady_clock;

class InFlight {
 public:
  InFlight(size_t total, const Send& send) : send_(send), sent_at_(total), took_(total) {}

  InFlightReport run(size_t in_flight) {
    const Stopwatch watch;
    while (answered_ < took_.size()) {
      while (sent_ < took_.size() && sent_ - answered_ < in_flight) send_one();
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return answers_ > 0; });
      answered_ += std::exchange(answers_, 0);
    }
    InFlightReport report{watch.seconds(), watch.cpu_seconds(), std::move(took_)};
    std::ranges::sort(report.microseconds);
    return report;
  }

 private:
  void send_one() {
    const size_t number = sent_++;
    sent_at_[number] = Clock::now();
    send_(number, [this, number] {
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent_at_[number]);
      took_[number] = static_cast<uint32_t>(took.count());
      const std::lock_guard lock(mutex_);
      if (answers_++ == 0) changed_.notify_one();
    });
  }

  const Send& send_;
  std::vector<Clock::time_point> sent_at_;  // Element by element: written before it is sent, read by its answer.
  std::vector<uint32_t> took_;              // Written by its answer, read when all have come.
  size_t sent_ = 0;
  size_t answered_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t answers_ = 0;  // Guarded by mutex_.
};

}  // namespace

double InFlightReport::milliseconds_at(double share) const {
  CHECK(!microseconds.empty());
  return static_cast<double>(microseconds[static_cast<size_t>(share * static_cast<double>(microseconds.size() - 1))]) / 1'000;
}

InFlightReport run_in_flight(size_t in_flight, size_t total, const Send& send) { return InFlight(total, send).run(in_flight); }

}  // namespace civiclog
