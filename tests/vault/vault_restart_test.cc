#include <csignal>

#include <sys/wait.h>

#include "tests/vault/vault_fixture.h"

namespace civiclog::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(VaultTest, A_second_process_is_told_that_the_vault_is_in_use) {
  put({make_word(1, 100, "one")});
  const std::string before = read_file(path_ / "keys");
  const Ending refused = run_child({"open", path_.string(), log_id().text()});
  ASSERT_TRUE(WIFEXITED(refused.status));
  EXPECT_EQ(WEXITSTATUS(refused.status), 3) << refused.output;
  EXPECT_NE(refused.output.find("in use by another process"), std::string::npos) << refused.output;
  EXPECT_EQ(Vault::open(path_, log_id()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(text_of(1), "one");
  vault_.reset();
  const Ending accepted = run_child({"open", path_.string(), log_id().text()});
  ASSERT_TRUE(WIFEXITED(accepted.status));
  EXPECT_EQ(WEXITSTATUS(accepted.status), 0) << accepted.output;
  reopen();
  EXPECT_EQ(read_file(path_ / "keys"), before);
}

TEST_F(VaultTest, After_a_kill_between_put_and_commit_the_orphan_is_collected_and_the_committed_word_stays) {
  vault_.reset();
  const Ending killed = run_child({"put-and-die", path_.string(), log_id().text()});
  ASSERT_TRUE(WIFSIGNALED(killed.status)) << killed.output;
  ASSERT_EQ(WTERMSIG(killed.status), SIGKILL);
  reopen();
  for (uint64_t word = 1; word <= 3; ++word) EXPECT_EQ(text_of(word), "Word number " + std::to_string(word));
  // Command 1 was confirmed, 2 committed without a word about it, 3 never committed.
  std::vector<CommandId> asked;
  const auto is_committed = [&](CommandId command, WordId) -> Result<bool> {
    asked.push_back(command);
    return command == command_id(2);
  };
  const Result<Collected> collected = vault_->collect(Timestamp{700'000}, 600'000, is_committed);
  ASSERT_TRUE(collected);
  EXPECT_EQ(asked, (std::vector<CommandId>{command_id(2), command_id(3)}));
  EXPECT_EQ(state_of(1), WordState::kPresent);
  EXPECT_EQ(state_of(2), WordState::kPresent);
  EXPECT_EQ(state_of(3), WordState::kNotHere);
}

fs::path newest_file(const fs::path& vault, const char* extension) {
  fs::path out;
  for (const fs::directory_entry& entry : fs::directory_iterator(vault / "words")) {
    if (entry.path().extension() == extension && entry.path() > out) out = entry.path();
  }
  return out;
}

TEST_F(VaultTest, A_torn_end_of_the_words_is_dropped_and_damage_before_it_is_refused) {
  for (uint64_t word = 1; word <= 3; ++word) put({make_word(word, 100, std::string(500, 'x'))});
  vault_.reset();
  const fs::path file = newest_file(path_, ".log");
  const std::string whole = read_file(file);
  ASSERT_GT(whole.size(), 1500u);
  std::string damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 1);
  write_file(file, damaged);
  const auto refused = Vault::open(path_, log_id());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt) << refused.error().message;
  write_file(file, whole.substr(0, whole.size() - 100));
  reopen();
  EXPECT_EQ(state_of(2), WordState::kPresent);
  EXPECT_EQ(state_of(3), WordState::kNotHere);
}

TEST_F(VaultTest, Damage_in_a_table_of_words_is_reported_and_not_read) {
  for (uint64_t word = 1; word <= 20; ++word) put({make_word(word, 100, std::string(1000, 'x'))});
  reopen();
  vault_.reset();
  const fs::path file = newest_file(path_, ".sst");
  ASSERT_FALSE(file.empty());
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(file, bytes);
  reopen();
  size_t corrupt_words = 0;
  for (uint64_t word = 1; word <= 20; ++word) {
    const Result<WordLookup> found = vault_->get(word_id(word));
    if (!found) {
      EXPECT_EQ(found.error().code, ErrorCode::kCorrupt);
      ++corrupt_words;
    } else {
      EXPECT_EQ(found->content->text, std::string(1000, 'x'));
    }
  }
  EXPECT_GT(corrupt_words, 0u);
}

TEST_F(VaultTest, A_secondary_sees_what_the_writer_does_when_it_catches_up) {
  put({make_word(1, 100, "one")});
  auto opened = Vault::open_secondary(path_, log_id(), directory_ / "scratch");
  ASSERT_TRUE(opened) << opened.error().message;
  Vault& reader = **opened;
  EXPECT_EQ(reader.get(word_id(1))->content->text, "one");
  EXPECT_EQ(reader.index_key(), vault_->index_key());
  put({make_word(2, 200, "two")});
  const Key box = *vault_->make_box_key(box_id(1));
  EXPECT_EQ(reader.get(word_id(2))->state, WordState::kNotHere);
  ASSERT_TRUE(reader.catch_up());
  EXPECT_EQ(reader.get(word_id(2))->content->text, "two");
  EXPECT_EQ(reader.box_key(box_id(1)), box);
  const WordId first = word_id(1);
  ASSERT_TRUE(vault_->erase_words({&first, 1}, Position{5}));
  ASSERT_TRUE(vault_->erase_author(uuid_of(200), Position{6}));
  ASSERT_TRUE(vault_->set_erasures_applied(Position{6}));
  put({make_word(3, 300, "three")});
  ASSERT_TRUE(reader.catch_up());
  EXPECT_EQ(reader.get(word_id(1))->state, WordState::kErased);
  EXPECT_EQ(reader.get(word_id(2))->state, WordState::kErased);
  EXPECT_EQ(reader.get(word_id(3))->content->text, "three");
  EXPECT_EQ(reader.erasures_applied(), Position{6});
}

TEST_F(VaultTest, A_secondary_changes_nothing) {
  put({make_word(1, 100, "one")});
  auto reader = Vault::open_secondary(path_, log_id(), directory_ / "scratch");
  ASSERT_TRUE(reader) << reader.error().message;
  const Word word = make_word(2, 100, "two");
  const auto is_refused = [](const Status& status) {
    return !status && status.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(is_refused((*reader)->put({&word, 1}, Timestamp{})));
  EXPECT_TRUE(is_refused((*reader)->confirm({&word.id, 1})));
  EXPECT_TRUE(is_refused((*reader)->discard({&word.id, 1})));
  EXPECT_TRUE(is_refused((*reader)->erase_words({&word.id, 1}, Position{1})));
  EXPECT_TRUE(is_refused((*reader)->erase_author(uuid_of(100), Position{1})));
  EXPECT_TRUE(is_refused((*reader)->set_erasures_applied(Position{1})));
  EXPECT_TRUE(is_refused((*reader)->destroy_box_key(box_id(1))));
  EXPECT_EQ((*reader)->make_box_key(box_id(1)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ((*reader)->collect(Timestamp{}, 0, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(text_of(1), "one");
}

}  // namespace
}  // namespace civiclog::testing
