#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "vault/vault.h"

// What the vault's tests share: a directory that goes away, short ids, raw looks at files.

namespace civiclog::testing {

class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Ids and contents that a child process can compute too.
Uuid uuid_of(uint64_t number);
inline WordId word_id(uint64_t number) { return {uuid_of(number)}; }
inline CommandId command_id(uint64_t number) { return {uuid_of(number)}; }
inline BoxId box_id(uint64_t number) { return {uuid_of(number)}; }
inline LogId log_id() { return {uuid_of(0xA11CE)}; }
Word make_word(uint64_t number, uint64_t author, std::string text);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view bytes);
// Files below the directory that contain the bytes.
std::vector<std::string> files_with(const std::filesystem::path& directory, std::string_view bytes);
// A row of the closed vault's database, as stored; empty if there is none.
std::string raw_row(const std::filesystem::path& vault, std::string_view key);
void set_raw_row(const std::filesystem::path& vault, std::string_view key, std::string_view value);
void delete_raw_row(const std::filesystem::path& vault, std::string_view key);

struct Ending {
  int status = 0;  // As of waitpid.
  std::string output;
};
Ending run_child(const std::vector<std::string>& arguments);

// A vault in a fresh directory, which can be closed and opened again.
class VaultTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void reopen();
  void put(const std::vector<Word>& words, uint64_t command = 1, int64_t now_ms = 1000);
  WordState state_of(uint64_t word) const;
  std::string text_of(uint64_t word) const;

  Directory directory_;
  std::filesystem::path path_ = directory_ / "vault";
  std::unique_ptr<Vault> vault_;
};

}  // namespace civiclog::testing
