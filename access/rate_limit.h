#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

// How often one subject or one address may ask: a token bucket for each key, that holds `burst` requests and regains one every
// `interval`. A request that is refused costs nothing.
//
// A bucket is one number, the time at which it will be full again (the "virtual scheduling" form of GCRA, ITU-T I.371), exact
// in nanoseconds. At most `max_keys` are kept; when a stripe is full, the bucket that is full already, or else the one nearest
// to it, makes room: whoever is being held back stays so, however many new addresses come. A forgotten key starts anew with a
// full bucket. Safe from any thread: each stripe has a lock. No allocation but for a key that is new in a stripe with room.

namespace civiclog {

// Whom a request counts for. Subjects and addresses never meet.
class RateKey {
 public:
  static RateKey subject(std::string_view subject);
  // Of an IPv6 address only the first 64 bits count, since a household has all the rest; an IPv4 address mapped into IPv6
  // counts as IPv4; a zone ("%eth0") does not count. A text that is no address counts as itself.
  static RateKey address(std::string_view address);

  size_t hash() const;
  friend constexpr auto operator<=>(const RateKey&, const RateKey&) = default;

 private:
  enum class Kind : uint8_t { kSubject = 1, kIpv4, kIpv6, kOther };
  RateKey(Kind kind, std::string_view bytes);

  ByteArray<16> bytes_{};  // The kind, then up to 15 bytes of the address or of a SHA-256.
};

struct RateLimitOptions {
  uint32_t burst = 60;
  std::chrono::nanoseconds interval = std::chrono::milliseconds(100);
  size_t max_keys = 65'536;  // About 10 MB.
};

inline constexpr uint32_t kMaxBurst = 100'000;
inline constexpr std::chrono::nanoseconds kMinRateInterval = std::chrono::microseconds(1);
inline constexpr std::chrono::nanoseconds kMaxRateInterval = std::chrono::hours(1);

// kInvalidArgument unless 1 <= burst <= kMaxBurst, kMinRateInterval <= interval <= kMaxRateInterval and max_keys >= 1.
Status check(const RateLimitOptions& options);

struct Admission {
  bool allowed = true;
  // When not allowed: at least 1, rounded up. Asking then is allowed, if nobody else has asked for the key meanwhile.
  std::chrono::seconds retry_after{0};
};

class RateLimit {
 public:
  using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;  // Callable from any thread.
  static constexpr size_t kStripes = 16;

  // The options must have passed check().
  explicit RateLimit(RateLimitOptions options, SteadyClock clock = std::chrono::steady_clock::now);

  Admission admit(const RateKey& key);
  size_t keys() const;

 private:
  using Nanoseconds = int64_t;
  using ByTime = std::set<std::pair<Nanoseconds, RateKey>>;
  struct Stripe {
    mutable std::mutex mutex;
    std::map<RateKey, Nanoseconds> full_at;  // A tree, not a hash table: addresses are chosen by those who are to be held back.
    ByTime by_time;                          // The same, ordered by time: the fullest bucket first.
  };

  void remember(Stripe& stripe, const RateKey& key, Nanoseconds full_at);

  const Nanoseconds interval_;
  const Nanoseconds tolerance_;  // How far ahead `full_at` may be for one more request to fit.
  const size_t max_per_stripe_;
  const SteadyClock clock_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace civiclog
