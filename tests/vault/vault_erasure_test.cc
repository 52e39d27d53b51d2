#include <chrono>
#include <map>
#include <thread>

#include "tests/vault/vault_fixture.h"
#include "vault/key_store.h"
#include "vault/word_rows.h"

namespace civiclog::testing {
namespace {

namespace rows = word_rows;

constexpr int64_t kAgeMs = 600'000;

Key author_key(const std::filesystem::path& vault, uint64_t author) {
  const auto store = KeyStore::open(vault / "keys", log_id(), KeyAccess::kRead);
  return (*store)->find({KeyKind::kAuthor, uuid_of(author)}).key;
}

// RocksDB removes obsolete files on a thread of its own, a moment after the compaction.
std::vector<std::string> files_left_with(const std::filesystem::path& directory, std::string_view bytes) {
  std::vector<std::string> out;
  for (int attempt = 0; attempt < 100; ++attempt) {
    out = files_with(directory, bytes);
    if (out.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return out;
}

TEST_F(VaultTest, An_erased_word_is_gone_and_is_refused_when_it_comes_again) {
  put({make_word(1, 100, "erase me"), make_word(2, 100, "keep me")});
  const std::vector<WordId> words{word_id(1), word_id(3)};
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(vault_->erase_words(words, Position{7}));
    EXPECT_EQ(state_of(1), WordState::kErased);
    EXPECT_EQ(state_of(3), WordState::kErased) << "never seen here";
    EXPECT_EQ(text_of(2), "keep me");
    for (const uint64_t number : {uint64_t{1}, uint64_t{3}}) {
      const Word late = make_word(number, 100, "late");
      const Status status = vault_->put({&late, 1}, Timestamp{});
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().code, ErrorCode::kRejected);
      EXPECT_EQ(status.error().rule, "words_erased");
    }
    reopen();
  }
}

TEST_F(VaultTest, A_restored_row_of_an_erased_word_stays_erased) {
  put({make_word(1, 100, "erase me")});
  vault_.reset();
  const std::string row = raw_row(path_, rows::word_key(word_id(1)));
  reopen();
  const WordId word = word_id(1);
  ASSERT_TRUE(vault_->erase_words({&word, 1}, Position{7}));
  vault_.reset();
  set_raw_row(path_, rows::word_key(word), row);
  reopen();
  EXPECT_EQ(state_of(1), WordState::kErased);
}

class Ciphertext : public VaultTest, public ::testing::WithParamInterface<bool> {};

TEST_P(Ciphertext, Of_an_erased_word_is_in_no_file_although_its_authors_key_lives) {
  const bool settled = GetParam();
  for (uint64_t i = 1; i <= 50; ++i) put({make_word(i, 100, std::string(2000, 'x') + std::to_string(i))});
  if (settled) {
    reopen();  // From the write-ahead log into a table file.
    for (uint64_t i = 51; i <= 60; ++i) put({make_word(i, 100, "more")});
    const WordId other = word_id(60);
    ASSERT_TRUE(vault_->erase_words({&other, 1}, Position{6}));
  }
  Directory copies;
  std::filesystem::copy(path_, copies / "vault", std::filesystem::copy_options::recursive);
  const std::string row = raw_row(copies / "vault", rows::word_key(word_id(25)));
  const std::string kept = raw_row(copies / "vault", rows::word_key(word_id(26)));
  ASSERT_GT(row.size(), 2000u);
  // Pieces, for a table or log may cut a row; enough to recognise it by.
  const std::vector<std::string> pieces{row.substr(40, 32), row.substr(1000, 32), row.substr(row.size() - 32)};
  for (const std::string& piece : pieces) ASSERT_FALSE(files_with(path_, piece).empty());
  const WordId word = word_id(25);
  ASSERT_TRUE(vault_->erase_words({&word, 1}, Position{7}));
  for (const std::string& piece : pieces) {
    EXPECT_EQ(files_left_with(path_, piece), std::vector<std::string>());
  }
  EXPECT_FALSE(files_with(path_, kept.substr(1000, 32)).empty());
  EXPECT_EQ(text_of(26), std::string(2000, 'x') + "26");
}

INSTANTIATE_TEST_SUITE_P(FreshAndSettled, Ciphertext, ::testing::Bool());

TEST_F(VaultTest, Many_words_are_erased_at_once) {
  std::vector<Word> words;
  std::vector<WordId> ids;
  for (uint64_t i = 1; i <= 200; ++i) {
    words.push_back(make_word(i, i % 5 + 1, "text"));
    ids.push_back(word_id(i));
  }
  put(words);
  ASSERT_TRUE(vault_->erase_words(ids, Position{7}));
  for (uint64_t i = 1; i <= 200; ++i) EXPECT_EQ(state_of(i), WordState::kErased);
}

TEST_F(VaultTest, A_compaction_that_a_crash_prevented_is_made_up_for_at_the_next_start) {
  put({make_word(1, 100, std::string(2000, 'x')), make_word(2, 100, "keep me")});
  reopen();
  vault_.reset();
  const std::string row = raw_row(path_, rows::word_key(word_id(1)));
  // What erase_words() has on disk before it compacts.
  set_raw_row(path_, rows::tombstone_key(word_id(1)), rows::encode(Position{7}));
  set_raw_row(path_, rows::compaction_key(word_id(1)), "");
  delete_raw_row(path_, rows::word_key(word_id(1)));
  ASSERT_FALSE(files_with(path_, row.substr(1000, 32)).empty());
  reopen();
  EXPECT_TRUE(files_left_with(path_, row.substr(1000, 32)).empty());
  EXPECT_EQ(state_of(1), WordState::kErased);
  EXPECT_EQ(text_of(2), "keep me");
}

TEST_F(VaultTest, An_erased_author_leaves_no_key_and_no_words) {
  put({make_word(1, 100, "one"), make_word(2, 100, "two"), make_word(3, 200, "somebody else's")});
  const Key key = author_key(path_, 100);
  ASSERT_FALSE(files_with(path_, view(key)).empty());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(vault_->erase_author(uuid_of(100), Position{7}));
    EXPECT_EQ(state_of(1), WordState::kErased);
    EXPECT_EQ(state_of(2), WordState::kErased);
    EXPECT_EQ(text_of(3), "somebody else's");
    EXPECT_TRUE(files_with(path_, view(key)).empty());
    const Word late = make_word(4, 100, "late");
    EXPECT_EQ(vault_->put({&late, 1}, Timestamp{}).error().rule, "words_erased");
    reopen();
  }
  vault_.reset();
  EXPECT_EQ(raw_row(path_, rows::word_key(word_id(1))), "");
  EXPECT_EQ(raw_row(path_, rows::pending_key(word_id(1))), "");
}

TEST_F(VaultTest, An_author_never_seen_here_can_be_erased_beforehand) {
  ASSERT_TRUE(vault_->erase_author(uuid_of(100), Position{7}));
  reopen();
  const Word late = make_word(1, 100, "late");
  EXPECT_EQ(vault_->put({&late, 1}, Timestamp{}).error().rule, "words_erased");
  EXPECT_EQ(vault_->erase_author(Uuid{}, Position{7}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(VaultTest, A_crash_between_the_key_and_the_words_of_an_author_is_resumed) {
  put({make_word(1, 100, "one"), make_word(2, 100, "two")});
  vault_.reset();
  {
    const auto store = KeyStore::open(path_ / "keys", log_id(), KeyAccess::kWrite);
    ASSERT_TRUE((*store)->destroy({KeyKind::kAuthor, uuid_of(100)}));
  }
  reopen();
  EXPECT_EQ(state_of(1), WordState::kErased);
  size_t visited = 0;
  ASSERT_TRUE(vault_->for_each_word([&](WordId, const WordLookup& word) {
    ++visited;
    EXPECT_EQ(word.state, WordState::kErased);
    return Status();
  }));
  EXPECT_EQ(visited, 2u);
  ASSERT_TRUE(vault_->erase_author(uuid_of(100), Position{7}));
  EXPECT_EQ(state_of(1), WordState::kErased);
  vault_.reset();
  EXPECT_EQ(raw_row(path_, rows::word_key(word_id(1))), "");
  EXPECT_EQ(raw_row(path_, rows::tombstone_key(word_id(1))), rows::encode(Position{7}));
}

TEST_F(VaultTest, How_far_erasures_were_applied_is_remembered_and_never_goes_back) {
  EXPECT_EQ(vault_->erasures_applied(), Position{0});
  ASSERT_TRUE(vault_->set_erasures_applied(Position{9}));
  ASSERT_TRUE(vault_->set_erasures_applied(Position{4}));
  EXPECT_EQ(vault_->erasures_applied(), Position{9});
  reopen();
  EXPECT_EQ(vault_->erasures_applied(), Position{9});
}

TEST_F(VaultTest, A_discarded_word_is_not_here_and_may_come_again) {
  put({make_word(1, 100, "one"), make_word(2, 100, "two")});
  const std::vector<WordId> first{word_id(1), word_id(5)};
  ASSERT_TRUE(vault_->discard(first));
  EXPECT_EQ(state_of(1), WordState::kNotHere);
  put({make_word(1, 100, "again")});
  const std::vector<WordId> both{word_id(1), word_id(2)};
  ASSERT_TRUE(vault_->confirm({&both[1], 1}));
  EXPECT_EQ(vault_->discard(both).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(text_of(1), "again");
  EXPECT_EQ(text_of(2), "two");
}

TEST_F(VaultTest, Old_unconfirmed_words_are_confirmed_or_removed_as_the_log_says) {
  put({make_word(1, 100, "committed")}, 1, 1000);
  put({make_word(2, 100, "orphan")}, 2, 1000);
  put({make_word(3, 100, "confirmed")}, 3, 1000);
  put({make_word(4, 100, "young")}, 4, 1000 + 1);
  const WordId third = word_id(3);
  ASSERT_TRUE(vault_->confirm({&third, 1}));
  std::map<WordId, CommandId> asked;
  const auto is_committed = [&](CommandId command, WordId word) -> Result<bool> {
    asked[word] = command;
    return command == command_id(1);
  };
  const Result<Collected> first = vault_->collect(Timestamp{1000 + kAgeMs}, kAgeMs, is_committed);
  ASSERT_TRUE(first);
  EXPECT_EQ(asked, (std::map<WordId, CommandId>{{word_id(1), command_id(1)}, {word_id(2), command_id(2)}}));
  EXPECT_EQ(first->confirmed, 1u);
  EXPECT_EQ(first->removed, 1u);
  EXPECT_EQ(first->young, 1u);
  EXPECT_FALSE(first->more);
  EXPECT_EQ(state_of(1), WordState::kPresent);
  EXPECT_EQ(state_of(2), WordState::kNotHere);
  EXPECT_EQ(state_of(3), WordState::kPresent);
  EXPECT_EQ(state_of(4), WordState::kPresent);
  asked.clear();
  ASSERT_TRUE(vault_->collect(Timestamp{1000 + kAgeMs}, kAgeMs, is_committed));
  EXPECT_TRUE(asked.empty());
}

TEST_F(VaultTest, A_word_confirmed_while_the_log_was_asked_stays) {
  put({make_word(1, 100, "just in time")});
  const auto confirm_and_deny = [&](CommandId, WordId word) -> Result<bool> {
    EXPECT_TRUE(vault_->confirm({&word, 1}));
    return false;
  };
  const Result<Collected> collected = vault_->collect(Timestamp{kAgeMs * 2}, kAgeMs, confirm_and_deny);
  ASSERT_TRUE(collected);
  EXPECT_EQ(collected->removed, 0u);
  EXPECT_EQ(text_of(1), "just in time");
}

TEST_F(VaultTest, Nothing_is_collected_when_the_log_cannot_answer) {
  put({make_word(1, 100, "one")});
  const auto failing = [](CommandId, WordId) -> Result<bool> { return io_error("no log"); };
  EXPECT_EQ(vault_->collect(Timestamp{kAgeMs * 2}, kAgeMs, failing).error().message, "no log");
  EXPECT_EQ(text_of(1), "one");
}

TEST_F(VaultTest, Collecting_is_bounded_and_says_that_there_is_more) {
  constexpr size_t total = kMaxCollectedPerCall + 5;
  std::vector<Word> words;
  for (size_t i = 1; i <= total; ++i) {
    words.push_back(make_word(i, 100, "x"));
    if (words.size() < 1000 && i < total) continue;
    put(words);
    words.clear();
  }
  const auto never = [](CommandId, WordId) -> Result<bool> { return false; };
  const Result<Collected> first = vault_->collect(Timestamp{kAgeMs * 2}, kAgeMs, never);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->removed, kMaxCollectedPerCall);
  EXPECT_TRUE(first->more);
  const Result<Collected> second = vault_->collect(Timestamp{kAgeMs * 2}, kAgeMs, never);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->removed, total - kMaxCollectedPerCall);
  EXPECT_FALSE(second->more);
}

}  // namespace
}  // namespace civiclog::testing
