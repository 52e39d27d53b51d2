#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "query-api/later_response.h"

namespace civiclog {

// Answers that come later, on their way to the thread whose connection asked, and that thread's alarm clock. Lives as long as
// anybody may still post. Threads: post() and wake() from any, the others by the thread it belongs to.
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

 private:
  const int descriptor_;
  std::mutex mutex_;
  std::vector<Letter> letters_;  // Guarded by mutex_; at most one per open connection.
};

}  // namespace civiclog
