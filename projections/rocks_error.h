#pragma once

#include <string_view>

#include <fmt/format.h>
#include <rocksdb/status.h>

#include "base/result.h"

// Only for the sources of this layer: what RocksDB says while rows are read and written, as an Error with advice.

namespace civiclog {

inline Error views_error(const rocksdb::Status& status, std::string_view doing) {
  const std::string reason = status.ToString();
  if (status.IsCorruption()) {
    return corrupt(fmt::format("The read models are damaged ({}, while {}); move their directory away and run "
                               "`civic-replay rebuild`.", reason, doing));
  }
  return io_error(fmt::format("The read models could not be used ({}, while {}); see to the disk and try again.", reason,
                              doing));
}

}  // namespace civiclog
