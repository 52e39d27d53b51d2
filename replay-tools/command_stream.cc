#include "replay-tools/command_stream.h"

#include <fmt/format.h>

namespace civiclog {
namespace {

constexpr uint64_t kReportEvery = 256;

}  // namespace

CommandStream::~CommandStream() { (void)finish(); }

void CommandStream::send(CommandRequest request, std::string what) {
  {
    std::unique_lock lock(mutex_);
    answer_.wait(lock, [this] { return under_way_ < kMaxUnderWay || failure_; });
    if (failure_) return;
    ++under_way_;
  }
  commands_.submit(
      std::move(request), [this, name = std::move(what)](const Result<Appended>& result) { answered(name, result); }, true);
}

void CommandStream::answered(const std::string& what, const Result<Appended>& result) {
  const std::lock_guard lock(mutex_);
  --under_way_;
  if (result && !result->repeated) events_written_ += result->last.value - result->first.value + 1;
  if (!result && !failure_) {
    failure_ = result.error();
    failure_->message = result.error().code == ErrorCode::kCommandReused
                            ? fmt::format("{} was imported before with another content", what)
                            : fmt::format("{}: {}", what, result.error().message);
  }
  answer_.notify_all();
}

bool CommandStream::failed() const {
  const std::lock_guard lock(mutex_);
  return failure_.has_value();
}

Status CommandStream::finish() {
  {
    std::unique_lock lock(mutex_);
    answer_.wait(lock, [this] { return under_way_ == 0; });
    if (failure_) return *failure_;
  }
  if (progress_ && total_ > 0) progress_(total_, total_);
  return {};
}

uint64_t CommandStream::events_written() const {
  const std::lock_guard lock(mutex_);
  return events_written_;
}

void CommandStream::advance() {
  if (++done_ % kReportEvery == 0 && progress_) progress_(done_, total_);
}

}  // namespace civiclog
