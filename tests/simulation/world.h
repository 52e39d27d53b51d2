#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "installation/installation.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/scratch_directory.h"

// The real thing under a simulation: a whole installation on a disk that can fail and lose its power, and a clock that goes where
// it is told. Commands are submitted by the simulation's thread; answers are kept until they are taken.
//
// Threads: one, that of the simulation; answers come in from the handler's.

namespace civiclog {

class World {
 public:
  explicit World(Timestamp begin);
  ~World();

  // Opens what is on the disk. `following`: read models and erasures follow by themselves, on threads; otherwise follow() does it.
  Status open(bool following);
  // Ends when everything submitted has been answered.
  void close();
  void lose_power(std::mt19937* luck) { disk_.power_loss(luck); }

  void submit(CommandRequest request);
  // Answers of everything submitted since the last call, in that order.
  std::vector<Result<Appended>> take_answers();

  // Brings read models and erasures up to the head, or waits until they are there.
  Status follow();

  Timestamp now() const { return {now_->load()}; }
  void move_clock(int64_t ms) { now_->fetch_add(ms); }

  Installation& installation() { return *installation_; }
  bool is_open() const { return installation_ != nullptr; }
  const DataDirectory& directory() const { return *directory_; }
  FaultyDisk& disk() { return disk_; }
  const ScratchDirectory& scratch() const { return scratch_; }

 private:
  Status wait_followed();

  ScratchDirectory scratch_;
  const std::shared_ptr<std::atomic<int64_t>> now_;
  FaultyDisk disk_;
  std::optional<DataDirectory> directory_;

  std::mutex mutex_;
  std::condition_variable answered_;
  size_t open_answers_ = 0;                               // Guarded by mutex_.
  std::vector<std::optional<Result<Appended>>> answers_;  // Likewise.

  bool following_ = false;
  std::unique_ptr<Installation> installation_;  // Last: its answers use what is above.
};

}  // namespace civiclog
