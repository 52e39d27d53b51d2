#include "access/rate_limit.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/crypto.h"

namespace civiclog {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::string_view kMappedIpv4("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
constexpr size_t kIpv6PrefixBytes = 8;

}  // namespace

RateKey::RateKey(Kind kind, std::string_view bytes) {
  bytes_[0] = static_cast<uint8_t>(kind);
  std::memcpy(bytes_.data() + 1, bytes.data(), std::min(bytes.size(), bytes_.size() - 1));
}

RateKey RateKey::subject(std::string_view subject) { return {Kind::kSubject, view(sha256(subject))}; }

RateKey RateKey::address(std::string_view address) {
  const std::string_view without_zone = address.substr(0, address.find('%'));
  char text[INET6_ADDRSTRLEN] = {};
  if (without_zone.size() < sizeof text) {
    std::memcpy(text, without_zone.data(), without_zone.size());
    ByteArray<4> four{};
    if (::inet_pton(AF_INET, text, four.data()) == 1) return {Kind::kIpv4, view(four)};
    ByteArray<16> sixteen{};
    if (::inet_pton(AF_INET6, text, sixteen.data()) == 1) {
      const std::string_view bytes = view(sixteen);
      if (bytes.starts_with(kMappedIpv4)) return {Kind::kIpv4, bytes.substr(kMappedIpv4.size())};
      return {Kind::kIpv6, bytes.substr(0, kIpv6PrefixBytes)};
    }
  }
  return {Kind::kOther, view(sha256(address))};
}

size_t RateKey::hash() const { return std::hash<std::string_view>{}(view(bytes_)); }

Status check(const RateLimitOptions& options) {
  if (options.burst < 1 || options.burst > kMaxBurst) {
    return invalid_argument(fmt::format("The burst of a rate limit must be 1 to {}.", kMaxBurst));
  }
  if (options.interval < kMinRateInterval || options.interval > kMaxRateInterval) {
    return invalid_argument("The interval of a rate limit must be between a microsecond and an hour.");
  }
  if (options.max_keys < 1) return invalid_argument("A rate limit must keep at least one key.");
  return {};
}

RateLimit::RateLimit(RateLimitOptions options, SteadyClock clock)
    : interval_(options.interval.count()),
      tolerance_((options.burst - 1) * interval_),
      max_per_stripe_(std::max<size_t>(1, options.max_keys / kStripes)),
      clock_(std::move(clock)) {
  CHECK(check(options).has_value());
}

Admission RateLimit::admit(const RateKey& key) {
  Stripe& stripe = stripes_[key.hash() % kStripes];
  const std::lock_guard lock(stripe.mutex);
  // Read under the lock: a thread held up on the way to it would come with a time of before, and be refused for it.
  const Nanoseconds now = std::chrono::nanoseconds(clock_().time_since_epoch()).count();
  const auto found = stripe.full_at.find(key);
  const Nanoseconds full_at = found == stripe.full_at.end() ? now : std::max(now, found->second);
  const Nanoseconds too_early_by = full_at - now - tolerance_;
  if (too_early_by > 0) {
    return {false, std::chrono::seconds((too_early_by + kNanosecondsPerSecond - 1) / kNanosecondsPerSecond)};
  }
  remember(stripe, key, full_at + interval_);
  return {};
}

void RateLimit::remember(Stripe& stripe, const RateKey& key, Nanoseconds full_at) {
  auto found = stripe.full_at.find(key);
  if (found == stripe.full_at.end() && stripe.full_at.size() < max_per_stripe_) {
    stripe.full_at.emplace(key, full_at);
    stripe.by_time.emplace(full_at, key);
    return;
  }
  // The nodes of the key itself, or of the one that makes room for it, are used again.
  auto timed = stripe.by_time.extract(found == stripe.full_at.end() ? *stripe.by_time.begin() : std::pair{found->second, key});
  if (found == stripe.full_at.end()) {
    auto entry = stripe.full_at.extract(timed.value().second);
    entry.key() = key;
    entry.mapped() = full_at;
    stripe.full_at.insert(std::move(entry));
  } else {
    found->second = full_at;
  }
  timed.value() = {full_at, key};
  stripe.by_time.insert(std::move(timed));
}

size_t RateLimit::keys() const {
  size_t out = 0;
  for (const Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    out += stripe.full_at.size();
  }
  return out;
}

}  // namespace civiclog
