#include "tests/vault/vault_fixture.h"

#include "vault/key_store.h"
#include "vault/word_rows.h"

namespace civiclog::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(VaultTest, A_word_comes_back_as_it_was_put_also_after_a_restart) {
  const Word word = make_word(1, 100, "Warum fährt die Linie 7 nicht öfter?\nund sonntags?");
  put({word, make_word(2, 200, "")});
  for (int round = 0; round < 2; ++round) {
    const Result<WordLookup> found = vault_->get(word_id(1));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->state, WordState::kPresent);
    EXPECT_EQ(found->content->text, word.text);
    EXPECT_EQ(found->content->salt, word.salt);
    EXPECT_EQ(found->content->author, word.author);
    EXPECT_EQ(state_of(2), WordState::kPresent);
    EXPECT_EQ(text_of(2), "");
    EXPECT_EQ(state_of(3), WordState::kNotHere);
    reopen();
  }
}

TEST_F(VaultTest, No_file_holds_plain_text_or_salt) {
  const std::string text = "nobody may find this sentence on the disk";
  put({make_word(1, 100, text)});
  reopen();
  EXPECT_TRUE(files_with(path_, text).empty());
  EXPECT_TRUE(files_with(path_, text.substr(0, 12)).empty());
  EXPECT_TRUE(files_with(path_, view(make_word(1, 100, "").salt)).empty());
}

TEST_F(VaultTest, A_word_is_never_overwritten) {
  put({make_word(1, 100, "first")});
  const std::vector<Word> again{make_word(2, 100, "new"), make_word(1, 100, "second")};
  EXPECT_EQ(vault_->put(again, Timestamp{}).error().code, ErrorCode::kConflict);
  const std::vector<Word> twice{make_word(3, 100, "a"), make_word(3, 100, "b")};
  EXPECT_EQ(vault_->put(twice, Timestamp{}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(text_of(1), "first");
  EXPECT_EQ(state_of(2), WordState::kNotHere) << "all or nothing";
  EXPECT_EQ(state_of(3), WordState::kNotHere);
}

TEST_F(VaultTest, What_is_no_word_is_refused) {
  const auto code = [&](std::vector<Word> words, CommandId command) {
    for (Word& word : words) word.command = command;
    const Status status = vault_->put(words, Timestamp{});
    return status ? "accepted" : std::string(name_of(status.error().code));
  };
  EXPECT_EQ(code({make_word(1, 100, std::string(kMaxVaultTextBytes, 'x'))}, command_id(1)), "accepted");
  EXPECT_EQ(code({make_word(2, 100, std::string(kMaxVaultTextBytes + 1, 'x'))}, command_id(1)), "invalid_argument");
  EXPECT_EQ(code({Word{WordId{}, uuid_of(100), {}, "x", {}}}, command_id(1)), "invalid_argument");
  EXPECT_EQ(code({Word{word_id(3), Uuid{}, {}, "x", {}}}, command_id(1)), "invalid_argument");
  EXPECT_EQ(code({make_word(4, 100, "x")}, CommandId{}), "invalid_argument");
  EXPECT_EQ(code(std::vector<Word>(kMaxWordsPerCall + 1), command_id(1)), "invalid_argument");
}

TEST_F(VaultTest, A_damaged_word_is_corrupt_and_not_erased) {
  put({make_word(1, 100, "text"), make_word(2, 100, "other text")});
  vault_.reset();
  // The row of another word decrypts to nothing: it is bound to its id.
  set_raw_row(path_, word_rows::word_key(word_id(1)), raw_row(path_, word_rows::word_key(word_id(2))));
  reopen();
  EXPECT_EQ(vault_->get(word_id(1)).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(text_of(2), "other text");
  const Status status = vault_->for_each_word([](WordId, const WordLookup&) { return Status(); });
  EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
}

TEST_F(VaultTest, All_words_can_be_visited) {
  for (uint64_t i = 1; i <= 20; ++i) put({make_word(i, i % 3 + 1, "text " + std::to_string(i))});
  ASSERT_TRUE(vault_->erase_author(uuid_of(1), Position{5}));
  std::vector<WordId> seen;
  ASSERT_TRUE(vault_->for_each_word([&](WordId id, const WordLookup& word) {
    EXPECT_EQ(word.state, WordState::kPresent);
    seen.push_back(id);
    return Status();
  }));
  EXPECT_EQ(seen.size(), 14u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  const Status stopped = vault_->for_each_word([](WordId, const WordLookup&) { return Status(not_found("stop")); });
  EXPECT_EQ(stopped.error().message, "stop");
}

TEST_F(VaultTest, Box_keys_are_made_once_and_destroyed_for_good) {
  const Result<Key> key = vault_->make_box_key(box_id(1));
  ASSERT_TRUE(key);
  EXPECT_EQ(vault_->make_box_key(box_id(1)).error().code, ErrorCode::kConflict);
  reopen();
  EXPECT_EQ(vault_->box_key(box_id(1)), *key);
  EXPECT_EQ(vault_->box_key(box_id(2)), std::nullopt);
  EXPECT_EQ(vault_->destroy_box_key(box_id(2)).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(vault_->destroy_box_key(box_id(1)));
  ASSERT_TRUE(vault_->destroy_box_key(box_id(1)));
  EXPECT_EQ(vault_->box_key(box_id(1)), std::nullopt);
  EXPECT_EQ(vault_->make_box_key(box_id(1)).error().rule, "box_key_destroyed");
  EXPECT_TRUE(files_with(path_, view(*key)).empty());
  reopen();
  EXPECT_EQ(vault_->make_box_key(box_id(1)).error().rule, "box_key_destroyed");
}

TEST_F(VaultTest, The_index_key_is_made_with_the_vault_and_stays) {
  const Key key = vault_->index_key();
  EXPECT_NE(key, Key{});
  reopen();
  EXPECT_EQ(vault_->index_key(), key);
  const auto other = Vault::create(directory_ / "other", log_id());
  ASSERT_TRUE(other);
  EXPECT_NE((*other)->index_key(), key);
}

TEST_F(VaultTest, A_directory_in_use_is_not_made_a_vault) {
  EXPECT_EQ(Vault::create(path_, log_id()).error().code, ErrorCode::kConflict);
  fs::create_directory(directory_ / "empty");
  EXPECT_TRUE(Vault::create(directory_ / "empty", log_id()));
  EXPECT_EQ(Vault::open(directory_ / "nowhere", log_id()).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(directory_ / "nowhere"));
  write_file(directory_ / "file", "x");
  EXPECT_EQ(Vault::create(directory_ / "file", log_id()).error().code, ErrorCode::kIo);
}

TEST_F(VaultTest, Another_installations_vault_is_refused) {
  vault_.reset();
  const auto foreign = Vault::open(path_, LogId{uuid_of(8)});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(foreign.error().message.find(log_id().text()), std::string::npos);
  const auto reader = Vault::open_secondary(path_, LogId{uuid_of(8)}, directory_ / "scratch");
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::kIncompatible);
}

TEST_F(VaultTest, A_newer_format_is_refused_by_name) {
  vault_.reset();
  set_raw_row(path_, word_rows::format_key(), word_rows::encode(word_rows::Format{2, log_id()}) + "more");
  const auto newer = Vault::open(path_, log_id());
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(newer.error().message.find("has format 2"), std::string::npos) << newer.error().message;
}

TEST_F(VaultTest, A_vault_without_its_key_file_or_with_an_older_one_is_refused) {
  const std::string before = read_file(path_ / "keys");
  put({make_word(1, 100, "text")});
  const std::string made = read_file(path_ / "keys");
  ASSERT_TRUE(vault_->erase_author(uuid_of(100), Position{2}));
  vault_.reset();
  for (const std::string& older : {before, made}) {
    write_file(path_ / "keys", older);
    const auto opened = Vault::open(path_, log_id());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(opened.error().message.find("older than its words"), std::string::npos) << opened.error().message;
  }
  fs::remove(path_ / "keys");
  EXPECT_EQ(Vault::open(path_, log_id()).error().code, ErrorCode::kCorrupt);
}

TEST_F(VaultTest, Any_flipped_byte_of_the_key_file_is_refused) {
  put({make_word(1, 100, "text")});
  vault_.reset();
  const std::string whole = read_file(path_ / "keys");
  for (size_t offset = 0; offset < whole.size(); ++offset) {
    // To zero too, which could be taken for the torn end of a write.
    for (const char value : {static_cast<char>(whole[offset] ^ 1), '\0'}) {
      if (value == whole[offset]) continue;
      std::string damaged = whole;
      damaged[offset] = value;
      write_file(path_ / "keys", damaged);
      const auto opened = Vault::open_secondary(path_, log_id(), directory_ / "scratch");
      ASSERT_FALSE(opened) << offset;
      EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt) << offset;
    }
  }
  write_file(path_ / "keys", whole);
  reopen();
  EXPECT_EQ(text_of(1), "text");
}

}  // namespace
}  // namespace civiclog::testing
