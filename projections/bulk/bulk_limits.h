#pragma once

#include <cstddef>

namespace civiclog {

// Memory of a build in bulk.
struct BulkLimits {
  size_t latest_bytes = 48u << 20;   // Of the rows in use, of all read models together.
  size_t history_bytes = 8u << 20;   // Of each read model's past, twice: while it is collected, and while it is sorted.
};

}  // namespace civiclog
