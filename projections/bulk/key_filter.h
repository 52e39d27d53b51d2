#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace civiclog {

// Which keys a run has, as a Bloom filter of ten bits a key: what may_have() denies is certainly not there; of what is not there it
// lets through one in a hundred. Reading from any thread.
class KeyFilter {
 public:
  explicit KeyFilter(size_t keys);
  void add(std::string_view key);
  bool may_have(std::string_view key) const;

 private:
  template <typename Visit>
  bool each_bit(std::string_view key, const Visit& visit) const;

  std::vector<uint64_t> bits_;
};

}  // namespace civiclog
