#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "commands/command_handler.h"
#include "replay-tools/progress.h"

// Sends many commands in order, as many under way as the handler likes, and stops at the first that fails. For tools that
// write history: one thread sends; answers come on the handler's.

namespace civiclog {

class CommandStream {
 public:
  static constexpr size_t kMaxUnderWay = 1'024;

  CommandStream(CommandHandler& commands, const ReportProgress& progress) : commands_(commands), progress_(progress) {}
  ~CommandStream();
  CommandStream(const CommandStream&) = delete;
  CommandStream& operator=(const CommandStream&) = delete;

  // Waits while kMaxUnderWay are under way. After a failure it does nothing. `what` names the command in the error.
  // The texts' bytes are kept as they are.
  void send(CommandRequest request, std::string what);
  bool failed() const;
  // Waits for all answers; the first failure, if there was one.
  Status finish();
  uint64_t events_written() const;

  // Progress in units of the caller's choice.
  void expect(uint64_t total) { total_ = total; }
  void advance();

 private:
  void answered(const std::string& what, const Result<Appended>& result);

  CommandHandler& commands_;
  const ReportProgress& progress_;
  uint64_t total_ = 0;
  uint64_t done_ = 0;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable answer_;
  size_t under_way_ = 0;
  uint64_t events_written_ = 0;
  std::optional<Error> failure_;
};

}  // namespace civiclog
