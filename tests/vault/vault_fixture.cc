#include "tests/vault/vault_fixture.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <rocksdb/db.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

extern char** environ;

namespace civiclog::testing {

namespace fs = std::filesystem;

namespace {

std::unique_ptr<rocksdb::DB> open_raw(const fs::path& vault) {
  rocksdb::DB* db = nullptr;
  CHECK(rocksdb::DB::Open(rocksdb::Options(), (vault / "words").string(), &db).ok());
  return std::unique_ptr<rocksdb::DB>(db);
}

}  // namespace

Directory::Directory() {
  std::string pattern = (fs::temp_directory_path() / "civiclog-vault-XXXXXX").string();
  CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

Directory::~Directory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Uuid uuid_of(uint64_t number) {
  Uuid out;
  for (size_t i = 0; i < 8; ++i) out.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  out.bytes[0] = 0x40;
  return out;
}

Word make_word(uint64_t number, uint64_t author, std::string text) {
  Word out{word_id(number), uuid_of(author), {}, std::move(text), command_id(number)};
  out.salt.fill(static_cast<uint8_t>(number));
  return out;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  CHECK(file.good());
}

std::vector<std::string> files_with(const fs::path& directory, std::string_view bytes) {
  std::vector<std::string> out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && read_file(entry.path()).find(bytes) != std::string::npos) {
      out.push_back(entry.path().filename().string());
    }
  }
  return out;
}

std::string raw_row(const fs::path& vault, std::string_view key) {
  rocksdb::DB* db = nullptr;
  CHECK(rocksdb::DB::OpenForReadOnly(rocksdb::Options(), (vault / "words").string(), &db).ok());
  const std::unique_ptr<rocksdb::DB> owner(db);
  std::string value;
  db->Get(rocksdb::ReadOptions(), rocksdb::Slice(key.data(), key.size()), &value).PermitUncheckedError();
  return value;
}

void set_raw_row(const fs::path& vault, std::string_view key, std::string_view value) {
  const rocksdb::Status status =
      open_raw(vault)->Put(rocksdb::WriteOptions(), rocksdb::Slice(key.data(), key.size()),
                           rocksdb::Slice(value.data(), value.size()));
  CHECK(status.ok());
}

void delete_raw_row(const fs::path& vault, std::string_view key) {
  CHECK(open_raw(vault)->Delete(rocksdb::WriteOptions(), rocksdb::Slice(key.data(), key.size())).ok());
}

Ending run_child(const std::vector<std::string>& arguments) {
  int ends[2];
  CHECK(::pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  CHECK(::posix_spawn_file_actions_init(&actions) == 0);
  CHECK(::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) == 0);
  std::string program = VAULT_CHILD;
  std::vector<std::string> copies = arguments;
  std::vector<char*> argv{program.data()};
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  CHECK(::posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  Ending out;
  char chunk[4096];
  for (ssize_t count; (count = ::read(ends[0], chunk, sizeof chunk)) > 0;) {
    out.output.append(chunk, static_cast<size_t>(count));
  }
  ::close(ends[0]);
  CHECK(::waitpid(child, &out.status, 0) == child);
  return out;
}

void VaultTest::SetUp() {
  Result<std::unique_ptr<Vault>> vault = Vault::create(path_, log_id());
  ASSERT_TRUE(vault) << vault.error().message;
  vault_ = std::move(*vault);
}

void VaultTest::reopen() {
  vault_.reset();
  Result<std::unique_ptr<Vault>> vault = Vault::open(path_, log_id());
  ASSERT_TRUE(vault) << vault.error().message;
  vault_ = std::move(*vault);
}

void VaultTest::put(const std::vector<Word>& words, uint64_t command, int64_t now_ms) {
  std::vector<Word> commanded = words;
  for (Word& word : commanded) word.command = command_id(command);
  const Status status = vault_->put(commanded, Timestamp{now_ms});
  ASSERT_TRUE(status) << status.error().message;
}

WordState VaultTest::state_of(uint64_t word) const {
  const Result<WordLookup> found = vault_->get(word_id(word));
  CHECK(found.has_value());
  CHECK(found->content.has_value() == (found->state == WordState::kPresent));
  return found->state;
}

std::string VaultTest::text_of(uint64_t word) const {
  const Result<WordLookup> found = vault_->get(word_id(word));
  if (!found) return found.error().message;
  return found->content ? found->content->text : "(not present)";
}

}  // namespace civiclog::testing
