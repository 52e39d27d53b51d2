#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/time.h"

// Tokens whose signature and claims have held, so that the next request with the same bytes costs a hash and not a signature
// (about 0.15 ms). Keyed by the SHA-256 of the whole token; the token itself is not kept. Bounded: the least recently used of a
// stripe goes first. An entry is never answered outside its own times, whatever the clock does. Safe from any thread: each
// stripe has a lock.

namespace civiclog {

struct VerifiedToken {
  std::string subject;
  bool bootstrap = false;  // Signed by the installation's own key.
  Timestamp valid_from;
  Timestamp expires_at;

  bool holds_at(Timestamp now) const { return valid_from <= now && now < expires_at; }
  friend bool operator==(const VerifiedToken&, const VerifiedToken&) = default;
};

class VerifiedTokens {
 public:
  static constexpr size_t kStripes = 16;

  explicit VerifiedTokens(size_t max_tokens);

  // An entry that has expired is dropped on the way.
  std::optional<VerifiedToken> find(const Digest& token, Timestamp now);
  // `generation` is that of the keys the token was verified with. One that is not current is not kept: otherwise a verification
  // that began before a change of keys could put back what the change has just thrown away.
  void keep(const Digest& token, const VerifiedToken& verified, uint64_t generation);
  // Throws everything away. When it returns, only tokens of this generation are or will be kept.
  void clear(uint64_t generation);
  size_t size() const;

 private:
  struct DigestHash {
    size_t operator()(const Digest& digest) const { return std::hash<std::string_view>{}(view(digest)); }
  };
  struct Entry {
    Digest token;
    VerifiedToken verified;
  };
  struct Stripe {
    mutable std::mutex mutex;
    uint64_t generation = 0;
    std::list<Entry> entries;  // The most recently used first.
    std::unordered_map<Digest, std::list<Entry>::iterator, DigestHash> index;
  };

  Stripe& stripe_of(const Digest& token) { return stripes_[token[0] % kStripes]; }

  const size_t max_per_stripe_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace civiclog
