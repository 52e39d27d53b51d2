#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "access/installation_key.h"
#include "access/rate_limit.h"
#include "access/token_issuer.h"
#include "access/token_verifier.h"
#include "tests/access/forge.h"
#include "tests/support/scratch_directory.h"

// What HTTP threads do to the layer at once. Run under ThreadSanitizer.

namespace civiclog {
namespace {

using forge::keys;
using forge::kNow;

constexpr int kThreads = 4;

void in_threads(const std::function<void(int)>& work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
}

std::vector<std::string> tokens_for_subjects(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) {
    const std::string payload = forge::print_with("sub", fmt::format("\"subject-{}\"", i));
    out.push_back(i % 3 == 0 ? keys().ed_token(payload) : i % 3 == 1 ? keys().ec_token(payload) : keys().rsa_token(payload));
  }
  return out;
}

KeySet only(const char* id, const forge::Key& key) {
  return KeySet::parse(fmt::format(R"({{"keys":[{}]}})", key.jwk(fmt::format(R"("kid":"{}")", id))), "keys.json").value();
}

TEST(AccessThreads, Every_thread_gets_the_subject_of_its_own_token) {
  constexpr int kTokens = 60;
  constexpr int kRounds = 10;
  const std::vector<std::string> tokens = tokens_for_subjects(kTokens);
  TokenVerifier verifier(forge::key_set(), forge::rules(), 32);  // Fewer than there are: remembered, forgotten and verified again.
  std::atomic<int> right = 0;
  std::atomic<int> forged = 0;
  in_threads([&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      for (int i = 0; i < kTokens; ++i) {
        const int which = (i * 7 + thread * 13) % kTokens;
        const auto verified = verifier.verify(tokens[static_cast<size_t>(which)], kNow);
        right += verified && verified->subject == fmt::format("subject-{}", which) ? 1 : 0;
        std::string broken = tokens[static_cast<size_t>(which)];
        broken[broken.size() - 20] = broken[broken.size() - 20] == 'A' ? 'B' : 'A';
        forged += verifier.verify(broken, kNow) ? 1 : 0;
      }
    }
  });
  EXPECT_EQ(right, kThreads * kRounds * kTokens);
  EXPECT_EQ(forged, 0);
}

TEST(AccessThreads, After_a_change_of_keys_no_thread_accepts_what_the_old_ones_signed) {
  constexpr int kChanges = 100;
  TokenVerifier verifier(forge::key_set(), forge::rules());
  const std::string token = keys().ed_token(forge::print(forge::right_claims()));
  std::atomic<bool> stop = false;
  std::atomic<int> accepted = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads - 1; ++i) {
    threads.emplace_back([&] {
      while (!stop) accepted += verifier.verify(token, kNow) ? 1 : 0;
    });
  }
  for (int i = 0; i < kChanges; ++i) {
    verifier.replace_keys(only("ec", keys().ec));
    for (int again = 0; again < 20; ++again) EXPECT_EQ(verifier.verify(token, kNow), tl::unexpected(Refusal::kUnknownKey));
    verifier.replace_keys(only("ed", keys().ed));
    EXPECT_TRUE(verifier.verify(token, kNow));
  }
  stop = true;
  threads.clear();
  EXPECT_GT(accepted, 0);
}

TEST(AccessThreads, Makers_of_one_installation_key_end_with_the_same_key_and_sign_at_once) {
  for (int round = 0; round < 10; ++round) {
    const ScratchDirectory directory;
    std::vector<std::string> ids(kThreads);
    std::atomic<int> right = 0;
    in_threads([&](int thread) {
      const auto key = InstallationKey::read_or_make(directory.path());
      if (!key) return;
      ids[static_cast<size_t>(thread)] = key->id();
      KeySet set;
      if (!set.add_installation_key(key->id(), key->public_key())) return;
      TokenVerifier verifier(std::move(set), forge::rules());
      const auto token = TokenIssuer(*key).issue("alice", forge::kAudience, std::chrono::seconds(60), kNow);
      right += token && verifier.verify(*token, kNow) ? 1 : 0;
    });
    EXPECT_EQ(right, kThreads);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1U);
  }
}

TEST(AccessThreads, A_rate_limit_lets_through_exactly_a_burst_however_many_threads_ask) {
  constexpr uint32_t kBurst = 1'000;
  constexpr int kAsked = 2'000;
  constexpr int kSubjects = 5;
  const auto frozen = std::chrono::steady_clock::now();
  RateLimit limit({.burst = kBurst, .interval = std::chrono::seconds(1), .max_keys = 1'000}, [frozen] { return frozen; });
  std::vector<std::atomic<uint32_t>> allowed(kSubjects);
  in_threads([&](int) {
    for (int i = 0; i < kAsked; ++i) {
      for (size_t subject = 0; subject < kSubjects; ++subject) {
        if (limit.admit(RateKey::subject(std::to_string(subject))).allowed) ++allowed[subject];
      }
    }
  });
  for (const auto& one : allowed) EXPECT_EQ(one, kBurst);
}

}  // namespace
}  // namespace civiclog
