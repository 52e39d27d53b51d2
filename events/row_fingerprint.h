#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

// A fingerprint of a set of rows (key, number) that does not depend on their order: the sum of their keyed 128-bit
// hashes, and their count. With a random key, sets that differ have equal fingerprints with a chance of about 2^-120.
// It finds damage and mistakes; it is no defence against somebody who can see the key. Not thread-safe.

namespace civiclog {

class RowFingerprint {
 public:
  explicit RowFingerprint(const ByteArray<16>& key);
  void add(std::string_view row_key, uint64_t value);
  uint64_t rows() const { return rows_; }
  friend bool operator==(const RowFingerprint&, const RowFingerprint&) = default;

 private:
  std::array<uint64_t, 2> key_;
  std::array<uint64_t, 2> sum_{};
  uint64_t rows_ = 0;
};

}  // namespace civiclog
