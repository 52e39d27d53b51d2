#include "events/row_fingerprint.h"

namespace civiclog {
namespace {

// The finaliser of MurmurHash3: each bit of the input moves half of the output.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

}  // namespace

RowFingerprint::RowFingerprint(const ByteArray<16>& key) {
  ByteReader in(view(key));
  key_ = {in.u64(), in.u64()};
}

void RowFingerprint::add(std::string_view row_key, uint64_t value) {
  for (size_t lane = 0; lane < sum_.size(); ++lane) {
    uint64_t hash = mix(key_[lane] ^ row_key.size());
    ByteReader in(row_key);
    while (in.remaining() >= 8) hash = mix(hash ^ in.u64()) + key_[lane];
    while (in.remaining() > 0) hash = mix(hash ^ in.u8()) + key_[lane];
    sum_[lane] += mix(hash ^ value);
  }
  ++rows_;
}

}  // namespace civiclog
