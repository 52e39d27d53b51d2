#include "reports/mentioned_words.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"

namespace civiclog {
namespace {

constexpr uint64_t kBitsPerWord = 16;
constexpr uint64_t kFewestBits = 1u << 16;
constexpr int kProbes = 6;

}  // namespace

MentionedWords::MentionedWords(uint64_t expected_words) {
  const uint64_t most = uint64_t{kMaxBytes} * 8;
  const uint64_t wanted = std::clamp(std::min(expected_words, most / kBitsPerWord) * kBitsPerWord, kFewestBits, most);
  bits_.resize(std::bit_ceil(wanted) / 64);
}

// Word ids are random, so their own halves serve as two hashes.
template <typename Visit>
bool MentionedWords::each_bit(WordId word, const Visit& visit) const {
  ByteReader in(view(word.uuid.bytes));
  uint64_t bit = in.u64();
  const uint64_t step = in.u64() | 1;
  const uint64_t mask = bits_.size() * 64 - 1;
  for (int probe = 0; probe < kProbes; ++probe, bit += step) {
    const uint64_t place = (bit ^ (bit >> 29)) & mask;
    if (!visit(place / 64, uint64_t{1} << (place % 64))) return false;
  }
  return true;
}

void MentionedWords::add(WordId word) {
  each_bit(word, [this](size_t index, uint64_t bit) {
    bits_[index] |= bit;
    return true;
  });
}

bool MentionedWords::may_have(WordId word) const {
  return each_bit(word, [this](size_t index, uint64_t bit) { return (bits_[index] & bit) != 0; });
}

}  // namespace civiclog
