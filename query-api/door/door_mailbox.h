#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "query-api/door/later_response.h"

namespace civiclog {

// Answers that come later, on their way to the thread whose connection asked, and that thread's alarm clock. Lives as long as
// anybody may still post. Threads: post() and wake() from any, take() by the thread it belongs to, close() by whoever ends that
// thread.
class DoorMailbox {
 public:
  struct Letter {
    int descriptor = -1;
    uint64_t connection = 0;  // Numbers are never given anew, descriptors are.
    uint64_t request = 0;
    MakeResponse make;
  };

  // Throws std::system_error without a free descriptor.
  DoorMailbox();
  ~DoorMailbox();
  DoorMailbox(const DoorMailbox&) = delete;
  DoorMailbox& operator=(const DoorMailbox&) = delete;

  void post(Letter letter);
  void wake() const;
  // An eventfd, readable after post() or wake().
  int descriptor() const { return descriptor_; }
  std::vector<Letter> take();
  // Nobody takes letters any more: those that are there, and all to come, are thrown away with what they hold.
  void close();

 private:
  const int descriptor_;
  std::mutex mutex_;
  std::vector<Letter> letters_;  // Guarded by mutex_; one per answer given since the last take().
  bool closed_ = false;          // Guarded by mutex_.
};

}  // namespace civiclog
