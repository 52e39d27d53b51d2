#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "projections/contributions.h"
#include "projections/row_key.h"
#include "projections/topics.h"
#include "tests/projections/doubles.h"
#include "tests/projections/random_history.h"

namespace civiclog {
namespace {

using testing::HasSubstr;

std::unique_ptr<rocksdb::DB> raw(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  EXPECT_TRUE(rocksdb::DB::ListColumnFamilies(rocksdb::Options(), directory.string(), &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  EXPECT_TRUE(rocksdb::DB::Open(rocksdb::Options(), directory.string(), descriptors, &handles, &db).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) EXPECT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  return std::unique_ptr<rocksdb::DB>(db);
}

class ViewsTest : public testing::Test {
 protected:
  ViewsTest() : log(log_of(RandomHistory(7).make(60))), views(fresh_views(path)) { build(*log, *views, log->head()); }

  Error refusal(LogId id = some_log()) {
    const auto opened = Views::open(path, id);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }

  TemporaryDirectory directory;
  std::filesystem::path path = directory / "views";
  std::unique_ptr<MemoryLog> log;
  std::unique_ptr<Views> views;
};

TEST_F(ViewsTest, Of_another_log_are_refused) {
  views.reset();
  const Error error = refusal(id_of<LogId>(1));
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_THAT(error.message, HasSubstr(some_log().text()));
}

TEST_F(ViewsTest, Of_a_newer_format_are_refused_by_name) {
  views.reset();
  ASSERT_TRUE(raw(path)->Put({}, kMetaFormatKey, ByteWriter().u32(kViewsFormat + 1).bytes()).ok());
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_THAT(error.message, HasSubstr("format 2"));
}

TEST_F(ViewsTest, That_are_half_written_or_missing_are_refused_with_advice) {
  views.reset();
  ASSERT_TRUE(raw(path)->Delete({}, kMetaLogKey).ok());
  EXPECT_EQ(refusal().code, ErrorCode::kIncompatible);
  EXPECT_THAT(refusal().message, HasSubstr("half-written"));
  std::filesystem::remove_all(path);
  EXPECT_EQ(refusal().code, ErrorCode::kNotFound);
  EXPECT_THAT(refusal().message, HasSubstr("civic-replay rebuild"));
  std::filesystem::create_directories(path);
  std::ofstream(path / "something") << "else";
  EXPECT_EQ(refusal().code, ErrorCode::kIncompatible);
  EXPECT_EQ(Views::create(path, some_log()).error().code, ErrorCode::kIncompatible);
}

TEST_F(ViewsTest, Are_open_in_one_process_only) {
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("stop that one first"));
}

TEST_F(ViewsTest, Ahead_of_the_log_are_refused_and_rebuilt_when_asked_to) {
  const auto shorter = log_of(RandomHistory(7).make(40));
  const auto refused = Projector::create(*shorter, *views, all_projections());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIncompatible);
  EXPECT_THAT(refused.error().message, HasSubstr("civic-replay rebuild"));

  ProjectorOptions options;
  options.drop_what_does_not_fit = true;
  build(*shorter, *views, shorter->head(), options);
  EXPECT_EQ(views->active("topics")->checkpoint, shorter->head());
  TemporaryDirectory other;
  const auto expected = fresh_views(other / "views");
  build(*shorter, *expected, shorter->head());
  EXPECT_EQ(all_bytes(*views), all_bytes(*expected));
}

TEST_F(ViewsTest, Of_another_history_are_refused_even_when_they_are_not_ahead) {
  const auto other = log_of(RandomHistory(8).make(80));
  const Status status = views->check_against(*other);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIncompatible);
  EXPECT_THAT(status.error().message, HasSubstr("another event"));
  EXPECT_TRUE(views->check_against(*log));
}

TEST_F(ViewsTest, Answer_for_no_position_they_have_not_applied_and_for_no_read_model_they_do_not_have) {
  const ViewSnapshot snapshot = views->snapshot();
  EXPECT_TRUE(snapshot.read<TopicQueries>(log->head()));
  EXPECT_EQ(snapshot.read<TopicQueries>(log->head().next()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(snapshot.read<CountQueries>().error().code, ErrorCode::kUnavailable);
}

TEST_F(ViewsTest, A_snapshot_stands_still_while_the_writer_goes_on) {
  const ViewSnapshot before = views->snapshot();
  const size_t participants = 50;
  for (uint8_t number = 1; number <= participants; ++number) {
    write(*log, {stream_of(id_of<TopicId>(number)), TopicLaunched{id_of<OrganisationId>(1), "t" + std::to_string(number), {}, {}, ""}, acting_system(), {}});
  }
  build(*log, *views, log->head());
  const auto then = before.read<TopicQueries>();
  EXPECT_EQ(then->reader().position(), Position{60});
  EXPECT_FALSE(then->get(id_of<TopicId>(1)).value());
  EXPECT_TRUE(views->snapshot().read<TopicQueries>()->get(id_of<TopicId>(1)).value());
}

TEST_F(ViewsTest, A_build_that_was_never_recorded_is_cleared_away) {
  views.reset();
  {
    const auto db = raw(path);
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily({}, "topics.1.9.latest", &handle).ok());
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
  views = reopened(path);
  views.reset();
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(rocksdb::Options(), path.string(), &names).ok());
  EXPECT_THAT(names, testing::Not(testing::Contains("topics.1.9.latest")));
  EXPECT_THAT(names, testing::Contains("topics.1.1.latest"));
}

TEST_F(ViewsTest, Are_read_as_a_secondary_while_the_writer_runs) {
  const auto secondary = Views::open_secondary(path, directory / "scratch", some_log());
  ASSERT_TRUE(secondary) << secondary.error().message;
  EXPECT_EQ(all_bytes(**secondary), all_bytes(*views));

  const auto projector = projector_of(*log, *views);
  projector->start();
  for (uint8_t number = 1; number <= 200; ++number) {
    write(*log, {stream_of(id_of<ParticipantId>(number)), ParticipantJoined{}, acting_system(), {}});
    if (number % 20 != 0) continue;
    ASSERT_TRUE((*secondary)->refresh());
    ASSERT_TRUE((*secondary)->snapshot().read<TopicQueries>());
  }
  ASSERT_TRUE(projector->rebuild("participants"));
  ASSERT_TRUE(projector->wait_applied("participants", log->head(), std::chrono::steady_clock::now() + std::chrono::seconds(30)));
  for (int tries = 0; views->active("participants")->number != 2 && tries < 3'000; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  projector->stop();
  {
    const ViewSnapshot held = (*secondary)->snapshot();
    EXPECT_EQ((*secondary)->refresh().error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(held.read<ContributionQueries>());
  }
  ASSERT_TRUE((*secondary)->refresh());
  EXPECT_EQ((*secondary)->active("participants")->number, 2U) << "made after the secondary was opened";
  EXPECT_EQ((*secondary)->generations(), views->generations());
  EXPECT_EQ(all_bytes(**secondary), all_bytes(*views));
  EXPECT_TRUE((*secondary)->check_against(*log));
}

}  // namespace
}  // namespace civiclog
