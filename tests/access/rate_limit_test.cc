#include "access/rate_limit.h"

#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace civiclog {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class SimulatedClock {
 public:
  RateLimit::SteadyClock clock() {
    return [this] { return std::chrono::steady_clock::time_point(std::chrono::duration_cast<std::chrono::steady_clock::duration>(now_)); };
  }
  void advance(nanoseconds by) { now_ += by; }
  nanoseconds now() const { return now_; }

 private:
  nanoseconds now_ = std::chrono::hours(5);
};

RateKey alice() { return RateKey::subject("alice"); }

TEST(RateLimit, A_burst_is_allowed_and_then_one_for_each_interval) {
  SimulatedClock clock;
  RateLimit limit({.burst = 3, .interval = milliseconds(2500), .max_keys = 100}, clock.clock());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.admit(alice()).allowed);
  for (int i = 0; i < 100; ++i) {
    const Admission refused = limit.admit(alice());
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.retry_after, seconds(3)) << "2.5 seconds, rounded up; asking does not make it longer";
  }
  clock.advance(milliseconds(2499));
  EXPECT_EQ(limit.admit(alice()).retry_after, seconds(1));
  clock.advance(milliseconds(1));
  EXPECT_TRUE(limit.admit(alice()).allowed);
  EXPECT_FALSE(limit.admit(alice()).allowed);
  clock.advance(std::chrono::hours(24 * 365));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.admit(alice()).allowed);
  EXPECT_FALSE(limit.admit(alice()).allowed) << "A long rest saves up no more than a burst.";
}

TEST(RateLimit, Keys_do_not_share_a_bucket) {
  SimulatedClock clock;
  RateLimit limit({.burst = 1, .interval = seconds(1), .max_keys = 1000}, clock.clock());
  const std::vector<RateKey> keys = {alice(), RateKey::subject("bob"), RateKey::subject(""), RateKey::subject("10.0.0.1"),
                                     RateKey::address("10.0.0.1"), RateKey::address("10.0.0.2"), RateKey::address("2001:db8::1"),
                                     RateKey::address("2001:db8:0:1::1"), RateKey::address(""), RateKey::address("unix")};
  for (const RateKey& key : keys) EXPECT_TRUE(limit.admit(key).allowed);
  for (const RateKey& key : keys) EXPECT_FALSE(limit.admit(key).allowed);
  EXPECT_EQ(limit.keys(), keys.size());
}

TEST(RateLimit, An_ipv6_household_counts_as_one_and_a_mapped_address_as_ipv4) {
  const auto address = RateKey::address;
  EXPECT_EQ(address("2001:db8:1:2::1"), address("2001:DB8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(address("2001:db8:1:2::1"), address("2001:0db8:0001:0002:0:0:0:9"));
  EXPECT_NE(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
  EXPECT_EQ(address("::ffff:10.1.2.3"), address("10.1.2.3"));
  EXPECT_EQ(address("::ffff:a01:203"), address("10.1.2.3"));
  EXPECT_NE(address("::ffff:10.1.2.3"), address("::ffff:10.1.2.4"));
  EXPECT_EQ(address("fe80::1%eth0"), address("fe80::2%eth1"));
  EXPECT_NE(address("10.1.2.3"), address("10.1.2.4"));
  EXPECT_NE(address("10.1.2.3 "), address("10.1.2.3"));
  EXPECT_NE(address(std::string(10'000, '1')), address(std::string(10'001, '1')));
}

TEST(RateLimit, Options_that_make_no_sense_are_refused) {
  EXPECT_TRUE(check(RateLimitOptions{}));
  EXPECT_TRUE(check({.burst = kMaxBurst, .interval = kMaxRateInterval, .max_keys = 1}));
  EXPECT_FALSE(check({.burst = 0, .interval = seconds(1), .max_keys = 1}));
  EXPECT_FALSE(check({.burst = kMaxBurst + 1, .interval = seconds(1), .max_keys = 1}));
  EXPECT_FALSE(check({.burst = 1, .interval = nanoseconds(999), .max_keys = 1}));
  EXPECT_FALSE(check({.burst = 1, .interval = nanoseconds(-1), .max_keys = 1}));
  EXPECT_FALSE(check({.burst = 1, .interval = kMaxRateInterval + nanoseconds(1), .max_keys = 1}));
  EXPECT_FALSE(check({.burst = 1, .interval = seconds(1), .max_keys = 0}));
}

TEST(RateLimit, The_largest_options_do_not_overflow) {
  SimulatedClock clock;
  RateLimit limit({.burst = kMaxBurst, .interval = kMaxRateInterval, .max_keys = 1}, clock.clock());
  for (uint32_t i = 0; i < kMaxBurst; ++i) ASSERT_TRUE(limit.admit(alice()).allowed);
  EXPECT_EQ(limit.admit(alice()).retry_after, seconds(3600));
}

TEST(RateLimit, However_many_come_the_number_of_keys_is_bounded_and_who_is_held_back_stays_so) {
  SimulatedClock clock;
  constexpr size_t kMax = 8 * RateLimit::kStripes;
  RateLimit limit({.burst = 5, .interval = seconds(10), .max_keys = kMax}, clock.clock());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limit.admit(alice()).allowed);
  for (uint32_t i = 0; i < 20'000; ++i) {
    limit.admit(RateKey::subject(std::to_string(i)));
    ASSERT_FALSE(limit.admit(alice()).allowed) << i;
  }
  EXPECT_EQ(limit.keys(), kMax);
}

TEST(RateLimit, A_full_bucket_makes_room_before_one_that_is_not) {
  SimulatedClock clock;
  // One key for each stripe would leave no choice; with two, the one that has rested must go.
  RateLimit limit({.burst = 2, .interval = seconds(10), .max_keys = 2 * RateLimit::kStripes}, clock.clock());
  std::vector<RateKey> same_stripe;
  for (uint32_t i = 0; same_stripe.size() < 3; ++i) {
    const RateKey key = RateKey::subject(std::to_string(i));
    if (key.hash() % RateLimit::kStripes == 0) same_stripe.push_back(key);
  }
  EXPECT_TRUE(limit.admit(same_stripe[0]).allowed);  // Full again after 10 seconds.
  clock.advance(seconds(11));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(limit.admit(same_stripe[1]).allowed);
  EXPECT_TRUE(limit.admit(same_stripe[2]).allowed);  // Takes the place of the first.
  EXPECT_EQ(limit.keys(), 2U);
  EXPECT_FALSE(limit.admit(same_stripe[1]).allowed) << "It was not forgotten.";
}

// As one would explain it: a bucket of `burst` tokens, into which drips one each interval. Counted in nanoseconds of dripping, so exact.
class PlainBucket {
 public:
  PlainBucket(int64_t burst, int64_t interval, int64_t now) : interval_(interval), size_(burst * interval), level_(size_), at_(now) {}

  // The nanoseconds to wait; 0 is allowed, and takes a token.
  int64_t ask(int64_t now) {
    level_ = std::min(size_, level_ + (now - at_));
    at_ = now;
    if (level_ < interval_) return interval_ - level_;
    level_ -= interval_;
    return 0;
  }

 private:
  int64_t interval_;
  int64_t size_;
  int64_t level_;
  int64_t at_;
};

TEST(RateLimit, Agrees_with_a_plain_model_on_random_histories) {
  const uint64_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  const auto up_to = [&](uint64_t most) { return static_cast<int64_t>(random() % (most + 1)); };
  for (int history = 0; history < 200; ++history) {
    SimulatedClock clock;
    const int64_t burst = 1 + up_to(history % 2 == 0 ? 4 : 100);
    const int64_t interval = kMinRateInterval.count() + up_to(history % 3 == 0 ? 1'000'000 : 5'000'000'000);
    RateLimit limit({.burst = static_cast<uint32_t>(burst), .interval = nanoseconds(interval), .max_keys = 1024}, clock.clock());
    std::map<int64_t, PlainBucket> model;
    int refused = 0;
    for (int step = 0; step < 500; ++step) {
      if (up_to(3) == 0) clock.advance(nanoseconds(up_to(static_cast<uint64_t>(interval * (up_to(20) == 0 ? 200 : 2)))));
      const int64_t who = up_to(3);
      const int64_t now = clock.now().count();
      const int64_t wait = model.try_emplace(who, burst, interval, now).first->second.ask(now);
      const Admission admission = limit.admit(RateKey::subject(std::to_string(who)));
      ASSERT_EQ(admission.allowed, wait == 0) << "history " << history << " step " << step;
      ASSERT_EQ(admission.retry_after.count(), (wait + 999'999'999) / 1'000'000'000) << "history " << history << " step " << step;
      refused += admission.allowed ? 0 : 1;
      if (!admission.allowed && up_to(10) == 0) {
        clock.advance(admission.retry_after);
        const int64_t then = clock.now().count();
        ASSERT_EQ(model.at(who).ask(then), 0);
        ASSERT_TRUE(limit.admit(RateKey::subject(std::to_string(who))).allowed) << "after Retry-After";
      }
    }
    if (burst < 5) {
      EXPECT_GT(refused, 0) << "history " << history << " held nobody back";
    }
  }
}

}  // namespace
}  // namespace civiclog
