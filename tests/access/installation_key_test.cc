#include "access/installation_key.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

class InstallationKeyTest : public testing::Test {
 protected:
  const fs::path& directory() const { return directory_.path(); }
  fs::path file() const { return directory() / kInstallationKeyFile; }
  std::string make() const { return InstallationKey::read_or_make(directory()).value().id(); }
  std::string contents() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const {
    std::ofstream(file(), std::ios::binary) << bytes;
    fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write);
  }
  void expect_error(ErrorCode code, const std::string& says) const {
    for (const auto& key : {InstallationKey::read(directory()), InstallationKey::read_or_make(directory())}) {
      ASSERT_FALSE(key);
      EXPECT_STREQ(name_of(key.error().code), name_of(code)) << key.error().message;
      EXPECT_NE(key.error().message.find(says), std::string::npos) << key.error().message;
      EXPECT_NE(key.error().message.find(file().string()), std::string::npos) << key.error().message;
    }
  }

 private:
  ScratchDirectory directory_;
};

TEST_F(InstallationKeyTest, Is_made_once_for_its_owner_alone_and_read_again) {
  EXPECT_EQ(InstallationKey::read(directory()).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(file()));
  const std::string id = make();
  struct stat found {};
  ASSERT_EQ(::stat(file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
  EXPECT_EQ(make(), id);
  EXPECT_EQ(InstallationKey::read(directory()).value().id(), id);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory()), fs::directory_iterator()), 1);
  const ScratchDirectory other;
  EXPECT_NE(InstallationKey::read_or_make(other.path()).value().id(), id);
}

TEST_F(InstallationKeyTest, Signs_what_its_public_half_verifies) {
  const InstallationKey key = InstallationKey::read_or_make(directory()).value();
  const std::string token = key.sign("{\"sub\":\"a\"}");
  const auto signature = from_base64url(token.substr(token.rfind('.') + 1));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(key.public_key().verifies(token, *signature));
  EXPECT_FALSE(key.public_key().verifies("a" + token, *signature));
}

TEST_F(InstallationKeyTest, Has_the_thumbprint_of_RFC_8037_as_its_id) {
  // RFC 8037 appendices A.1 to A.4, whose key, thumbprint and payload are known.
  const auto jwk = JsonObject::parse(R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
      "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
  const auto key = PrivateKey::from_jwk(*jwk);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  const std::string token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_TRUE(key->public_key().verifies(token + "." + signature, *from_base64url(signature)));
}

TEST_F(InstallationKeyTest, Is_refused_when_others_may_read_or_change_it) {
  make();
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0644U, 0666U, 0777U}) {
    ASSERT_EQ(::chmod(file().c_str(), mode), 0);
    expect_error(ErrorCode::kIncompatible, fmt::format("mode {:04o}", mode));
  }
  ASSERT_EQ(::chmod(file().c_str(), 0400), 0);
  EXPECT_TRUE(InstallationKey::read(directory()));
}

TEST_F(InstallationKeyTest, Is_refused_when_it_is_no_plain_file_without_waiting) {
  const std::string id = make();
  fs::rename(file(), directory() / "elsewhere");
  fs::create_symlink(directory() / "elsewhere", file());
  expect_error(ErrorCode::kIncompatible, "symbolic link");
  fs::remove(file());
  fs::create_directory(file());
  fs::permissions(file(), fs::perms::owner_all);
  expect_error(ErrorCode::kIncompatible, "not a file");
  fs::remove(file());
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  expect_error(ErrorCode::kIncompatible, "not a file");
  fs::remove(file());
  fs::rename(directory() / "elsewhere", file());
  EXPECT_EQ(make(), id);
}

TEST_F(InstallationKeyTest, Cut_off_anywhere_is_refused_and_never_replaced) {
  make();
  const std::string whole = contents();
  for (size_t size = 0; size + 1 < whole.size(); ++size) {
    write(whole.substr(0, size));
    expect_error(ErrorCode::kCorrupt, "damaged");
    EXPECT_EQ(contents(), whole.substr(0, size));
  }
}

TEST_F(InstallationKeyTest, With_any_one_bit_changed_is_refused) {
  make();
  const std::string whole = contents();
  for (size_t i = 0; i + 1 < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      write(changed);
      const auto key = InstallationKey::read(directory());
      ASSERT_FALSE(key) << i << " " << bit << " " << changed;
      EXPECT_EQ(key.error().code, ErrorCode::kCorrupt);
    }
  }
}

TEST_F(InstallationKeyTest, With_halves_of_two_keys_is_refused) {
  make();
  const JsonObject first = JsonObject::parse(contents()).value();
  const ScratchDirectory other;
  const JsonObject second = PrivateKey::generate().jwk();
  JsonObject mixed;
  for (const char* name : {"kty", "crv", "x", "kid"}) mixed.set(name, *first.text(name));
  mixed.set("d", *second.text("d"));
  write(mixed.print());
  expect_error(ErrorCode::kCorrupt, "do not belong together");
  write(first.print() + std::string(5000, ' '));
  expect_error(ErrorCode::kCorrupt, "too long");
}

TEST_F(InstallationKeyTest, Left_half_made_by_a_crash_is_made_anew) {
  const fs::path fresh = file().string() + ".new";
  std::ofstream(fresh) << "{\"kty\":\"OK";
  const std::string id = make();
  EXPECT_FALSE(fs::exists(fresh));
  std::ofstream(fresh) << "{";
  EXPECT_EQ(make(), id);
}

TEST_F(InstallationKeyTest, Where_the_directory_is_missing_the_error_names_it) {
  const auto key = InstallationKey::read_or_make(directory() / "missing");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::kIo);
  EXPECT_NE(key.error().message.find("missing"), std::string::npos);
}

TEST_F(InstallationKeyTest, Survives_a_kill_at_any_moment) {
  constexpr int kRounds = 15;
  for (int round = 0; round < kRounds; ++round) {
    const fs::path place = directory() / std::to_string(round);
    fs::create_directory(place);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0; i < 100'000; ++i) {
        const fs::path one = place / std::to_string(i);
        fs::create_directory(one);
        if (!InstallationKey::read_or_make(one)) ::_exit(1);
      }
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + 3 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "The child failed by itself.";
    for (const auto& one : fs::directory_iterator(place)) {
      const auto key = InstallationKey::read_or_make(one.path());
      ASSERT_TRUE(key) << key.error().message;
    }
  }
}

TEST_F(InstallationKeyTest, Is_private_whatever_the_umask) {
  for (const mode_t mask : {0U, 0777U}) {
    const ScratchDirectory place;
    const mode_t before = ::umask(mask);
    const auto key = InstallationKey::read_or_make(place.path());
    ::umask(before);
    ASSERT_TRUE(key) << key.error().message;
    struct stat found {};
    ASSERT_EQ(::stat((place.path() / kInstallationKeyFile).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0600U);
  }
}

}  // namespace
}  // namespace civiclog
