#pragma once

#include <cstddef>

// How much of the heap is in use in this process, all threads and libraries together, and the most there was since the last
// reset: memory that grows with what it should not shows here. Linking this file replaces the global operator new of the binary.
// From any thread.

namespace civiclog::heap_gauge {

// The most becomes what is in use now; returns that.
size_t reset();
size_t most();

}  // namespace civiclog::heap_gauge
