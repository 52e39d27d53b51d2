#include "tests/support/heap_gauge.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<size_t> in_use{0};
std::atomic<size_t> most_in_use{0};

}  // namespace

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  const size_t now = in_use += malloc_usable_size(memory);
  for (size_t most = most_in_use; now > most && !most_in_use.compare_exchange_weak(most, now);) {
  }
  return memory;
}
void* operator new(size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  in_use -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }

namespace civiclog::heap_gauge {

size_t reset() { return most_in_use = in_use.load(); }
size_t most() { return most_in_use; }

}  // namespace civiclog::heap_gauge
