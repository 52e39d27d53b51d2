#include "projections/bulk/key_filter.h"

#include <algorithm>
#include <functional>

namespace civiclog {
namespace {

constexpr size_t kBitsPerKey = 10;
constexpr int kProbes = 6;

}  // namespace

KeyFilter::KeyFilter(size_t keys) : bits_(std::max<size_t>(keys * kBitsPerKey / 64, 1)) {}

template <typename Visit>
bool KeyFilter::each_bit(std::string_view key, const Visit& visit) const {
  uint64_t hash = std::hash<std::string_view>{}(key);
  const uint64_t step = (hash >> 17) | (hash << 47) | 1;
  const uint64_t bits = bits_.size() * 64;
  for (int probe = 0; probe < kProbes; ++probe, hash += step) {
    const uint64_t bit = hash % bits;
    if (!visit(bit / 64, uint64_t{1} << (bit % 64))) return false;
  }
  return true;
}

void KeyFilter::add(std::string_view key) {
  each_bit(key, [this](size_t index, uint64_t bit) {
    bits_[index] |= bit;
    return true;
  });
}

bool KeyFilter::may_have(std::string_view key) const {
  return each_bit(key, [this](size_t index, uint64_t bit) { return (bits_[index] & bit) != 0; });
}

}  // namespace civiclog
