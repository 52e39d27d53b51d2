#include <csignal>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/vault/vault_fixture.h"
#include "vault/key_store.h"

namespace civiclog::testing {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHeaderSize = 32;
constexpr size_t kRecordSize = 56;

KeyName author(uint64_t number) { return {KeyKind::kAuthor, uuid_of(number)}; }

class KeyStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(KeyStore::create(path_, log_id(), {})); }
  Result<std::unique_ptr<KeyStore>> open(KeyAccess access = KeyAccess::kWrite) {
    return KeyStore::open(path_, log_id(), access);
  }
  void make(KeyStore& store, std::vector<KeyName> names) {
    const Status status = store.make(names);
    ASSERT_TRUE(status) << status.error().message;
  }

  Directory directory_;
  fs::path path_ = directory_ / "keys";
};

TEST_F(KeyStoreTest, Keys_are_random_and_survive_a_restart) {
  Key first{};
  {
    auto store = open();
    make(**store, {author(1), author(2), {KeyKind::kBox, uuid_of(1)}});
    first = (*store)->find(author(1)).key;
    EXPECT_NE(first, (*store)->find(author(2)).key);
    EXPECT_NE(first, ((*store)->find({KeyKind::kBox, uuid_of(1)}).key));
    EXPECT_NE(first, Key{});
  }
  auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->find(author(1)).key, first);
  EXPECT_EQ((*store)->find(author(3)).state, KeyState::kNeverMade);
  EXPECT_EQ((*store)->made(), 3u);
  struct stat found {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(KeyStoreTest, A_name_is_made_only_once) {
  auto store = open();
  make(**store, {author(1)});
  const std::vector<KeyName> again{author(2), author(1)};
  const std::vector<KeyName> twice{author(3), author(3)};
  EXPECT_EQ((*store)->make(again).error().code, ErrorCode::kConflict);
  EXPECT_EQ((*store)->make(twice).error().code, ErrorCode::kConflict);
  EXPECT_EQ((*store)->made(), 1u);
}

TEST_F(KeyStoreTest, A_destroyed_key_is_in_no_file_and_never_made_again) {
  auto store = open();
  make(**store, {author(1), author(2)});
  const Key gone = (*store)->find(author(1)).key;
  const Key kept = (*store)->find(author(2)).key;
  ASSERT_EQ(files_with(path_.parent_path(), view(gone)).size(), 1u);
  ASSERT_TRUE((*store)->destroy(author(1)));
  ASSERT_TRUE((*store)->destroy(author(1)));
  EXPECT_TRUE(files_with(path_.parent_path(), view(gone)).empty());
  EXPECT_EQ(files_with(path_.parent_path(), view(kept)), std::vector<std::string>{"keys"});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ((*store)->find(author(1)).state, KeyState::kDestroyed);
    EXPECT_EQ((*store)->find(author(1)).key, Key{});
    EXPECT_EQ((*store)->find(author(2)).key, kept);
    const KeyName name = author(1);
    EXPECT_EQ((*store)->make({&name, 1}).error().code, ErrorCode::kConflict);
    make(**store, {author(10 + static_cast<uint64_t>(round))});
    store = open();
    ASSERT_TRUE(store) << store.error().message;
  }
}

TEST_F(KeyStoreTest, The_old_file_is_overwritten_and_not_only_unlinked) {
  auto store = open();
  make(**store, {author(1)});
  const fs::path kept = directory_ / "another name of the old file";
  fs::create_hard_link(path_, kept);
  ASSERT_TRUE((*store)->destroy(author(1)));
  EXPECT_EQ(read_file(kept), std::string(kHeaderSize + kRecordSize, '\0'));
}

TEST_F(KeyStoreTest, A_name_never_made_can_be_destroyed_beforehand) {
  auto store = open();
  ASSERT_TRUE((*store)->destroy(author(1)));
  store = open();
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->find(author(1)).state, KeyState::kDestroyed);
  EXPECT_EQ((*store)->destroyed(), 1u);
}

TEST_F(KeyStoreTest, A_torn_end_is_dropped_at_every_length) {
  {
    auto store = open();
    make(**store, {author(1), author(2)});
  }
  const std::string whole = read_file(path_);
  ASSERT_EQ(whole.size(), kHeaderSize + 2 * kRecordSize);
  for (const bool zeros : {false, true}) {
    for (size_t size = kHeaderSize; size < whole.size(); ++size) {
      std::string torn = whole.substr(0, size);
      if (zeros) torn.append(whole.size() - size + 100, '\0');
      write_file(path_, torn);
      auto reader = open(KeyAccess::kRead);
      ASSERT_TRUE(reader) << size << reader.error().message;
      EXPECT_EQ((*reader)->made(), (size - kHeaderSize) / kRecordSize) << size;
      EXPECT_EQ(read_file(path_), torn);
      auto store = open();
      ASSERT_TRUE(store) << size << store.error().message;
      EXPECT_EQ((*store)->made(), (size - kHeaderSize) / kRecordSize) << size;
      make(**store, {author(9)});
      store = open();
      ASSERT_TRUE(store) << size << store.error().message;
      EXPECT_EQ((*store)->find(author(9)).state, KeyState::kPresent);
    }
  }
}

TEST_F(KeyStoreTest, A_flipped_byte_anywhere_is_named_and_refused) {
  {
    auto store = open();
    make(**store, {author(1), author(2)});
    ASSERT_TRUE((*store)->destroy(author(1)));
  }
  const std::string whole = read_file(path_);
  for (size_t offset = 0; offset < whole.size(); ++offset) {
    std::string damaged = whole;
    damaged[offset] = static_cast<char>(damaged[offset] ^ 0x10);
    write_file(path_, damaged);
    const auto store = open();
    ASSERT_FALSE(store) << offset;
    EXPECT_EQ(store.error().code, ErrorCode::kCorrupt) << offset;
    const size_t named = offset < kHeaderSize ? 0 : offset - (offset - kHeaderSize) % kRecordSize;
    EXPECT_NE(store.error().message.find("keys is damaged at byte " + std::to_string(named) + ":"), std::string::npos)
        << store.error().message;
    EXPECT_EQ(read_file(path_), damaged);
  }
}

TEST_F(KeyStoreTest, Records_cannot_change_places) {
  {
    auto store = open();
    make(**store, {author(1), author(2)});
  }
  const std::string whole = read_file(path_);
  write_file(path_, whole.substr(0, kHeaderSize) + whole.substr(kHeaderSize + kRecordSize) +
                        whole.substr(kHeaderSize, kRecordSize));
  EXPECT_EQ(open().error().code, ErrorCode::kCorrupt);
}

TEST_F(KeyStoreTest, Another_logs_or_a_newer_file_is_refused) {
  const auto foreign = KeyStore::open(path_, LogId{uuid_of(7)}, KeyAccess::kWrite);
  EXPECT_EQ(foreign.error().code, ErrorCode::kIncompatible);
  std::string bytes = read_file(path_).substr(0, kHeaderSize - 4);
  bytes[8] = 2;
  bytes += ByteWriter().u32(crc32c(bytes)).take();
  write_file(path_, bytes + "records of a shape unknown today");
  const auto newer = open();
  EXPECT_EQ(newer.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(newer.error().message.find("has format 2"), std::string::npos) << newer.error().message;
  fs::remove(path_);
  EXPECT_EQ(open().error().code, ErrorCode::kCorrupt);
}

TEST_F(KeyStoreTest, A_crash_while_replacing_is_tidied_up_at_every_step) {
  Key key{};
  {
    auto store = open();
    make(**store, {author(1)});
    key = (*store)->find(author(1)).key;
  }
  const std::string whole = read_file(path_);
  const fs::path fresh = path_.string() + ".new";
  const fs::path former = path_.string() + ".old";
  // Half of the new file written; then the old one has two names.
  write_file(fresh, whole.substr(0, 50));
  fs::create_hard_link(path_, former);
  auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->find(author(1)).key, key);
  EXPECT_FALSE(fs::exists(fresh));
  EXPECT_FALSE(fs::exists(former));
  EXPECT_EQ(read_file(path_), whole);
  // Renamed, but the old file not yet wiped.
  ASSERT_TRUE((*store)->destroy(author(1)));
  write_file(former, whole);
  const fs::path watched = directory_ / "watched";
  fs::create_hard_link(former, watched);
  store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_FALSE(fs::exists(former));
  EXPECT_TRUE(files_with(path_.parent_path(), view(key)).empty());
  EXPECT_EQ((*store)->find(author(1)).state, KeyState::kDestroyed);
}

// As on a full disk: beyond the limit a write is cut short and the next fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(size_t bytes) {
    former_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &former_), 0);
    const struct rlimit limit { bytes, former_.rlim_max };
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &former_);
    std::signal(SIGXFSZ, former_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  struct rlimit former_ {};
  void (*former_handler_)(int);
};

TEST_F(KeyStoreTest, On_a_full_disk_nothing_changes_and_later_it_goes_on) {
  auto store = open();
  make(**store, {author(1)});
  const Key key = (*store)->find(author(1)).key;
  const std::string before = read_file(path_);
  {
    const FileSizeLimit limit(before.size() + 30);
    const KeyName name = author(2);
    EXPECT_EQ((*store)->make({&name, 1}).error().code, ErrorCode::kIo);
  }
  EXPECT_EQ(read_file(path_), before);
  EXPECT_EQ((*store)->find(author(2)).state, KeyState::kNeverMade);
  {
    const FileSizeLimit limit(before.size() - 1);
    EXPECT_EQ((*store)->destroy(author(1)).error().code, ErrorCode::kIo);
  }
  EXPECT_EQ(read_file(path_), before);
  EXPECT_EQ((*store)->find(author(1)).key, key);
  make(**store, {author(2)});
  ASSERT_TRUE((*store)->destroy(author(1)));
  EXPECT_TRUE(files_with(path_.parent_path(), view(key)).empty());
  store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->find(author(1)).state, KeyState::kDestroyed);
  EXPECT_EQ((*store)->find(author(2)).state, KeyState::kPresent);
}

TEST_F(KeyStoreTest, A_reader_follows_the_writer) {
  auto writer = open();
  auto reader = open(KeyAccess::kRead);
  make(**writer, {author(1)});
  EXPECT_EQ((*reader)->find(author(1)).state, KeyState::kNeverMade);
  ASSERT_TRUE((*reader)->reload());
  EXPECT_EQ((*reader)->find(author(1)).key, (*writer)->find(author(1)).key);
  ASSERT_TRUE((*writer)->destroy(author(1)));
  ASSERT_TRUE((*reader)->reload());
  EXPECT_EQ((*reader)->find(author(1)).state, KeyState::kDestroyed);
}

}  // namespace
}  // namespace civiclog::testing
