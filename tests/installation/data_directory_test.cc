#include "installation/data_directory.h"

#include <fstream>

#include <gtest/gtest.h>

#include "installation/installation.h"
#include "installation/observer.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

class DataDirectoryTest : public testing::Test {
 protected:
  fs::path path(const char* name = "data") const { return scratch_.path() / name; }
  static std::unique_ptr<Installation> open(const DataDirectory& directory) {
    Result<std::unique_ptr<Installation>> opened = Installation::open(directory);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static Error refusal(const fs::path& directory) {
    const Result<DataDirectory> found = DataDirectory::find(directory);
    if (!found) return found.error();
    const Result<std::unique_ptr<Installation>> opened = Installation::open(*found);
    return opened ? Error{ErrorCode::kNotFound, "it opened", "opened"} : opened.error();
  }
  static void register_city(Installation& installation, const std::string& slug = "city") {
    const Result<Appended> done = installation.commands().submit_and_wait(
        {command_id_of("t", slug), issued_by_system(), RegisterOrganisation{slug, "City"}, {}, {}});
    ASSERT_TRUE(done) << done.error().message;
  }

  ScratchDirectory scratch_;
};

TEST_F(DataDirectoryTest, Is_made_found_and_opened_again) {
  const DataDirectory made = DataDirectory::create(path()).value();
  register_city(*open(made));
  const Result<DataDirectory> found = DataDirectory::find(path());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->log(), made.log());
  EXPECT_EQ(open(*found)->log().head(), Position{1});
}

TEST_F(DataDirectoryTest, Nothing_there_something_else_there_and_half_made_are_told_apart) {
  EXPECT_EQ(refusal(path()).code, ErrorCode::kNotFound);
  fs::create_directory(path("other"));
  std::ofstream(path("other") / "letter.txt") << "Dear mayor";
  EXPECT_NE(refusal(path("other")).message.find("not a Civiclog"), std::string::npos);
  EXPECT_EQ(DataDirectory::create(path("other")).error().code, ErrorCode::kIncompatible);
  DataDirectory::create(path()).value();
  fs::remove(path() / "civiclog");
  EXPECT_NE(refusal(path()).message.find("was being made"), std::string::npos) << refusal(path()).message;
}

TEST_F(DataDirectoryTest, What_is_in_the_way_is_named_and_not_taken_for_an_empty_place) {
  std::ofstream(path("file")) << "mine";
  fs::create_symlink("loop", path("loop"));
  fs::create_symlink("nowhere", path("dangling"));
  EXPECT_NE(refusal(path("file")).message.find("is not a directory"), std::string::npos);
  EXPECT_NE(refusal(path("file") / "below").message.find("Not a directory"), std::string::npos);
  EXPECT_NE(refusal(path("loop")).message.find("Too many levels"), std::string::npos);
  EXPECT_NE(refusal(path("dangling")).message.find("a link to something that is not there"), std::string::npos);
  EXPECT_NE(refusal(path(std::string(300, 'a').c_str())).message.find("File name too long"), std::string::npos);
  for (const char* name : {"file", "loop", "dangling"}) EXPECT_NE(refusal(path(name)).code, ErrorCode::kNotFound) << name;
}

TEST_F(DataDirectoryTest, A_newer_format_is_refused_by_its_number) {
  const DataDirectory made = DataDirectory::create(path()).value();
  std::ofstream(path() / "civiclog") << "civiclog data directory\nformat 9\nlog " << made.log().text() << "\n";
  EXPECT_NE(refusal(path()).message.find("format 9"), std::string::npos);
}

TEST_F(DataDirectoryTest, Every_damaged_byte_of_the_format_file_is_refused_or_harmless) {
  const DataDirectory made = DataDirectory::create(path()).value();
  std::ifstream in(path() / "civiclog", std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  for (size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x11);
    std::ofstream(path() / "civiclog", std::ios::binary | std::ios::trunc) << damaged;
    const Result<DataDirectory> found = DataDirectory::find(path());
    if (found && found->log() == made.log()) continue;
    const Error error = refusal(path());
    EXPECT_NE(error.rule, "opened") << "byte " << i;
  }
}

TEST_F(DataDirectoryTest, Parts_of_two_installations_do_not_go_together) {
  DataDirectory::create(path("a")).value();
  DataDirectory::create(path("b")).value();
  for (const char* part : {"log", "vault", "views"}) {
    fs::rename(path("a") / part, path("a") / "own");
    fs::copy(path("b") / part, path("a") / part, fs::copy_options::recursive);
    const Error error = refusal(path("a"));
    EXPECT_EQ(error.code, ErrorCode::kIncompatible) << part << ": " << error.message;
    fs::remove_all(path("a") / part);
    fs::rename(path("a") / "own", path("a") / part);
  }
  EXPECT_EQ(refusal(path("a")).rule, "opened");
}

TEST_F(DataDirectoryTest, A_missing_part_is_refused) {
  for (const char* part : {"log", "vault", "views"}) {
    DataDirectory::create(path(part)).value();
    fs::remove_all(path(part) / part);
    EXPECT_NE(refusal(path(part)).rule, "opened") << part;
  }
}

TEST_F(DataDirectoryTest, A_log_that_is_an_older_copy_is_refused_because_the_views_are_ahead) {
  const DataDirectory made = DataDirectory::create(path()).value();
  register_city(*open(made));
  fs::copy(path() / "log", path("older log"), fs::copy_options::recursive);
  {
    const auto installation = open(made);
    register_city(*installation, "town");
    ASSERT_TRUE(installation->projector().catch_up_to(installation->log().head()));
  }
  fs::remove_all(path() / "log");
  fs::rename(path("older log"), path() / "log");
  const Error error = refusal(path());
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_NE(error.message.find("rebuild"), std::string::npos) << error.message;
}

TEST_F(DataDirectoryTest, A_second_owner_is_refused_and_an_observer_is_not) {
  const DataDirectory made = DataDirectory::create(path()).value();
  const auto owner = open(made);
  register_city(*owner);
  ASSERT_TRUE(owner->catch_up());
  const Result<std::unique_ptr<Installation>> second = Installation::open(made);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable) << second.error().message;
  const Result<std::unique_ptr<Observer>> observer = Observer::open(made);
  ASSERT_TRUE(observer) << observer.error().message;
  EXPECT_EQ((*observer)->log().head(), Position{1});
  register_city(*owner, "town");
  ASSERT_TRUE((*observer)->refresh());
  EXPECT_EQ((*observer)->log().head(), Position{2});
}

}  // namespace
}  // namespace civiclog
