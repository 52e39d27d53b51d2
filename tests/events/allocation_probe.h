#pragma once

#include <cstddef>

// The largest single request to operator new on this thread since the last reset: a decoder that believes the sizes
// in its input shows here. Linking this file replaces the global operator new of the binary.

namespace civiclog::allocation_probe {

void reset();
size_t largest();

}  // namespace civiclog::allocation_probe
