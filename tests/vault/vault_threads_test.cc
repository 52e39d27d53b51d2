#include <atomic>
#include <thread>

#include "tests/vault/vault_fixture.h"

namespace civiclog::testing {
namespace {

constexpr uint64_t kThreads = 4;
constexpr uint64_t kWordsEach = 50;

TEST_F(VaultTest, Puts_gets_and_erasures_at_the_same_time_do_not_disturb_each_other) {
  std::atomic<uint64_t> failures{0};
  std::atomic<bool> stop{false};
  const auto text = [](uint64_t number) { return "text " + std::to_string(number); };
  const auto writer = [&](uint64_t thread) {
    for (uint64_t i = 1; i <= kWordsEach; ++i) {
      const uint64_t number = thread * 1000 + i;
      const Word word = make_word(number, thread * 100 + i % 5, text(number));
      if (!vault_->put({&word, 1}, Timestamp{1})) ++failures;
      const Result<WordLookup> found = vault_->get(word.id);
      if (!found || found->state != WordState::kPresent || found->content->text != text(number)) ++failures;
      if (i % 2 == 0 && !vault_->confirm({&word.id, 1})) ++failures;
      if (i % 25 == 0 && !vault_->erase_words({&word.id, 1}, Position{number})) ++failures;
    }
  };
  const auto reader = [&] {
    while (!stop) {
      for (uint64_t number = 1001; number <= kThreads * 1000 + kWordsEach; number += 7) {
        const Result<WordLookup> found = vault_->get(word_id(number));
        if (!found || (found->content && found->content->text != text(number))) ++failures;
      }
    }
  };
  {
    std::jthread reading(reader);
    {
      std::vector<std::jthread> writing;
      for (uint64_t thread = 1; thread <= kThreads; ++thread) writing.emplace_back(writer, thread);
    }
    stop = true;
  }
  EXPECT_EQ(failures, 0u);
  reopen();
  for (uint64_t thread = 1; thread <= kThreads; ++thread) {
    for (uint64_t i = 1; i <= kWordsEach; ++i) {
      EXPECT_EQ(state_of(thread * 1000 + i), i % 25 == 0 ? WordState::kErased : WordState::kPresent);
    }
  }
}

TEST_F(VaultTest, Of_many_that_put_the_same_word_one_wins) {
  std::atomic<int> accepted{0};
  std::atomic<int> conflicts{0};
  {
    std::vector<std::jthread> writing;
    for (uint64_t thread = 0; thread < kThreads; ++thread) {
      writing.emplace_back([&, thread] {
        const Word word = make_word(1, 100, std::to_string(thread));
        const Status status = vault_->put({&word, 1}, Timestamp{1});
        if (status) ++accepted;
        if (!status && status.error().code == ErrorCode::kConflict) ++conflicts;
      });
    }
  }
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(conflicts, static_cast<int>(kThreads) - 1);
}

}  // namespace
}  // namespace civiclog::testing
