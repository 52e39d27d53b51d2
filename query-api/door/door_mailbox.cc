#include "query-api/door/door_mailbox.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace civiclog {

DoorMailbox::DoorMailbox() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

DoorMailbox::~DoorMailbox() { ::close(descriptor_); }

void DoorMailbox::post(Letter letter) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    first = letters_.empty();
    letters_.push_back(std::move(letter));
  }
  if (first) wake();
}

void DoorMailbox::wake() const {
  const uint64_t one = 1;
  (void)!::write(descriptor_, &one, sizeof one);
}

std::vector<DoorMailbox::Letter> DoorMailbox::take() {
  uint64_t count = 0;
  // Before the letters, so that one posted meanwhile wakes again.
  (void)!::read(descriptor_, &count, sizeof count);
  const std::lock_guard lock(mutex_);
  return std::exchange(letters_, {});
}

void DoorMailbox::close() {
  std::vector<Letter> unread;  // Destroyed outside the lock: what a letter holds may post another one.
  const std::lock_guard lock(mutex_);
  closed_ = true;
  unread.swap(letters_);
}

}  // namespace civiclog
