#pragma once

#include <deque>
#include <mutex>

#include "events/event_log.h"

// A log whose appends wait at a gate, so that a test decides when they become durable, or that they fail. Everything else
// goes straight to the log behind it.

namespace civiclog {

class GatedLog final : public EventLog {
 public:
  explicit GatedLog(EventLog& log) : log_(log) {}

  void append(AppendRequest request, Completion completion) override {
    const std::lock_guard lock(mutex_);
    if (open_) return log_.append(std::move(request), std::move(completion));
    held_.emplace_back(std::move(request), std::move(completion));
  }
  size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  // Lets everything through, in order, and stays open.
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    for (auto& [request, completion] : held_) log_.append(std::move(request), std::move(completion));
    held_.clear();
  }
  // What is held fails; what comes next passes.
  void fail_held(const Error& error) {
    std::deque<std::pair<AppendRequest, Completion>> failing;
    {
      const std::lock_guard lock(mutex_);
      failing.swap(held_);
      open_ = true;
    }
    for (auto& [request, completion] : failing) completion(error);
  }

  Result<std::vector<StoredEvent>> read(Position after, size_t limit) const override { return log_.read(after, limit); }
  Result<std::vector<StoredEvent>> read_stream(StreamId stream, Version after) const override { return log_.read_stream(stream, after); }
  Result<Version> stream_version(StreamId stream) const override { return log_.stream_version(stream); }
  Result<std::optional<CommandRecord>> find_command(CommandId command) const override { return log_.find_command(command); }
  Position head() const override { return log_.head(); }
  bool wait_past(Position position, Deadline deadline, std::stop_token stop) const override {
    return log_.wait_past(position, deadline, std::move(stop));
  }
  LogId id() const override { return log_.id(); }

 private:
  EventLog& log_;
  mutable std::mutex mutex_;
  bool open_ = true;
  std::deque<std::pair<AppendRequest, Completion>> held_;
};

}  // namespace civiclog
