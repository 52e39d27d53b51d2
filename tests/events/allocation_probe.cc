#include "tests/events/allocation_probe.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local size_t largest_request = 0;

}  // namespace

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  largest_request = std::max(largest_request, size);
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace civiclog::allocation_probe {

void reset() { largest_request = 0; }
size_t largest() { return largest_request; }

}  // namespace civiclog::allocation_probe
