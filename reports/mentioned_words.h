#pragma once

#include <cstdint>
#include <vector>

#include "base/id.h"

// Which words the events mention, as a Bloom filter: what it does not have was certainly never added; of what was never
// added it has less than one in twenty thousand while it is given sixteen bits a word. Bounded, one thread.

namespace civiclog {

class MentionedWords {
 public:
  static constexpr size_t kMaxBytes = 64u << 20;

  explicit MentionedWords(uint64_t expected_words);
  void add(WordId word);
  bool may_have(WordId word) const;

 private:
  template <typename Visit>
  bool each_bit(WordId word, const Visit& visit) const;

  std::vector<uint64_t> bits_;
};

}  // namespace civiclog
