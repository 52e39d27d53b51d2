#include <iostream>
#include <map>
#include <random>
#include <set>

#include "tests/vault/vault_fixture.h"

namespace civiclog::testing {
namespace {

constexpr uint64_t kWords = 60;
constexpr uint64_t kAuthors = 12;
constexpr int kSteps = 800;
constexpr int64_t kAgeMs = 50;

struct Expected {
  WordState state = WordState::kNotHere;
  uint64_t author = 0;
  std::string text;
  bool pending = false;
  int64_t put_at = 0;
  bool committed = false;
};

// The vault beside the plainest thing that says the same: a map.
class VaultModelTest : public VaultTest, public ::testing::WithParamInterface<uint32_t> {
 protected:
  uint64_t below(uint64_t limit) { return std::uniform_int_distribution<uint64_t>(0, limit - 1)(random_); }

  void put_one(uint64_t word) {
    const uint64_t author = 100 + below(kAuthors);
    const std::string text = "text " + std::to_string(now_);
    const Word given = make_word(word, author, text);
    const Status status = vault_->put({&given, 1}, Timestamp{now_});
    Expected& expected = words_[word];
    if (expected.state == WordState::kErased || erased_.contains(author)) {
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().rule, "words_erased");
    } else if (expected.state == WordState::kPresent) {
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().code, ErrorCode::kConflict);
    } else {
      ASSERT_TRUE(status) << status.error().message;
      expected = {WordState::kPresent, author, text, true, now_, below(2) == 0};
    }
  }

  void confirm_one(uint64_t word) {
    const WordId id = word_id(word);
    ASSERT_TRUE(vault_->confirm({&id, 1}));
    words_[word].pending = false;
  }

  void discard_one(uint64_t word) {
    const WordId id = word_id(word);
    Expected& expected = words_[word];
    const bool confirmed = expected.state == WordState::kPresent && !expected.pending;
    EXPECT_EQ(vault_->discard({&id, 1}).has_value(), !confirmed);
    if (expected.state == WordState::kPresent && expected.pending) expected = {};
  }

  void erase_one(uint64_t word) {
    const WordId id = word_id(word);
    ASSERT_TRUE(vault_->erase_words({&id, 1}, Position{1}));
    words_[word] = {WordState::kErased, 0, "", false, 0, false};
  }

  void erase_an_author(uint64_t author) {
    ASSERT_TRUE(vault_->erase_author(uuid_of(author), Position{1}));
    erased_.insert(author);
    for (auto& [word, expected] : words_) {
      if (expected.author == author) expected = {WordState::kErased, 0, "", false, 0, false};
    }
  }

  void collect_all() {
    const auto is_committed = [this](CommandId command, WordId word) -> Result<bool> {
      EXPECT_EQ(command.uuid, word.uuid);
      return words_[command.uuid.bytes[15]].committed;
    };
    ASSERT_TRUE(vault_->collect(Timestamp{now_}, kAgeMs, is_committed));
    for (auto& [word, expected] : words_) {
      if (!expected.pending || now_ - expected.put_at < kAgeMs) continue;
      expected.pending = false;
      if (!expected.committed) expected = {};
    }
  }

  void compare() {
    for (const auto& [word, expected] : words_) {
      ASSERT_EQ(state_of(word), expected.state) << "word " << word << " at step " << now_;
      if (expected.state == WordState::kPresent) {
        ASSERT_EQ(text_of(word), expected.text);
      }
    }
  }

  std::mt19937 random_{GetParam()};
  int64_t now_ = 0;
  std::map<uint64_t, Expected> words_;
  std::set<uint64_t> erased_;
};

TEST_P(VaultModelTest, Says_the_same_as_a_map_after_any_history) {
  std::cout << "seed " << GetParam() << "\n";
  for (; now_ < kSteps; ++now_) {
    const uint64_t word = 1 + below(kWords);
    const uint64_t what = below(1000);
    if (what < 500) {
      put_one(word);
    } else if (what < 700) {
      confirm_one(word);
    } else if (what < 900) {
      discard_one(word);
    } else if (what < 930) {
      erase_one(word);
    } else if (what < 935) {
      erase_an_author(100 + below(kAuthors));
    } else if (what < 970) {
      collect_all();
    } else if (what < 980) {
      reopen();
    } else {
      compare();
    }
    if (HasFatalFailure()) return;
  }
  reopen();
  compare();
}

INSTANTIATE_TEST_SUITE_P(Seeds, VaultModelTest, ::testing::Values(1u, 2u, std::random_device()()),
                         [](const auto& seed) { return "Number" + std::to_string(seed.index); });

}  // namespace
}  // namespace civiclog::testing
