#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "projections/compare.h"
#include "projections/contributions.h"
#include "projections/row_key.h"
#include "tests/projections/doubles.h"
#include "tests/projections/random_history.h"

namespace civiclog {
namespace {

using testing::HasSubstr;

class CompareTest : public testing::Test {
 protected:
  CompareTest() : log(empty_log()), views(fresh_views(directory / "views")) {
    write(*log, {stream_of(contribution), ContributionSubmitted{id_of<TopicId>(1), ContributionKind::kOpinion, false, {}, word(1), {}, ""}, acting_system(), {}});
    write(*log, {stream_of(id_of<BoxId>(3), id_of<Tag>(4)), BallotCast{id_of<TopicId>(1), contribution, 1, Choice::kAgree}, acting_tag(id_of<Tag>(4)), {}});
    for (const Happening& happening : RandomHistory(5).make(60)) write(*log, happening);
    build(*log, *views, log->head());
  }

  std::vector<ComparedView> compared(Projections projections = all_projections()) {
    auto report = compare_views(*log, *views, std::move(projections), directory / "beside");
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    EXPECT_FALSE(std::filesystem::exists(directory / "beside"));
    return report ? *report : std::vector<ComparedView>{};
  }
  std::optional<Difference> first_difference() {
    std::optional<Difference> found;
    for (const ComparedView& view : compared()) {
      if (view.projection == "contributions") {
        found = view.difference;
      } else {
        EXPECT_FALSE(view.difference) << view.projection;
      }
    }
    return found;
  }
  // Writes past the projector, into the read model that answers.
  void tamper(bool history, const std::string& key, std::optional<std::string> value) {
    const auto columns = views->columns(*views->active("contributions"));
    rocksdb::ColumnFamilyHandle* handle = history ? columns->history() : columns->latest();
    ASSERT_TRUE(value ? columns->db().Put({}, handle, key, *value).ok() : columns->db().Delete({}, handle, key).ok());
  }
  static std::string tally_of(int64_t agree) {
    TallyRow row;
    row.agree = agree;
    row.cast = 1;
    row.position = {2};
    return encode_row(row);
  }

  const ContributionId contribution = id_of<ContributionId>(2);
  const std::string tally_key = make_key('T', contribution);
  TemporaryDirectory directory;
  std::unique_ptr<MemoryLog> log;
  std::unique_ptr<Views> views;
};

TEST_F(CompareTest, Finds_nothing_where_nothing_is_wrong_and_changes_nothing) {
  const auto before = all_bytes(*views);
  uint64_t rows = 0;
  for (const ComparedView& view : compared()) {
    EXPECT_FALSE(view.difference) << view.difference->meaning;
    EXPECT_EQ(view.skipped, "");
    EXPECT_EQ(view.position, log->head());
    rows += view.rows + view.history;
  }
  EXPECT_EQ(rows, before.size());
  EXPECT_EQ(all_bytes(*views), before);
}

TEST_F(CompareTest, Names_a_changed_row_by_key_and_meaning) {
  tamper(false, tally_key, tally_of(13));
  const auto difference = first_difference();
  ASSERT_TRUE(difference);
  EXPECT_FALSE(difference->in_history);
  EXPECT_EQ(difference->key_hex, to_hex(tally_key));
  EXPECT_THAT(difference->meaning, HasSubstr("contribution " + contribution.text() + " tally: agree 13"));
  EXPECT_THAT(difference->meaning, HasSubstr("rebuilt agree 1,"));
}

TEST_F(CompareTest, Names_the_position_of_a_changed_past) {
  tamper(true, history_key(tally_key, {2}), std::string(1, kRowMark) + tally_of(12));
  const auto difference = first_difference();
  ASSERT_TRUE(difference);
  EXPECT_TRUE(difference->in_history);
  EXPECT_THAT(difference->meaning, HasSubstr("tally at position 2: agree 12"));
  EXPECT_THAT(difference->meaning, HasSubstr("rebuilt agree 1,"));
}

TEST_F(CompareTest, Names_a_row_that_is_missing_and_one_that_should_not_be) {
  tamper(false, tally_key, {});
  auto difference = first_difference();
  ASSERT_TRUE(difference);
  EXPECT_THAT(difference->meaning, HasSubstr("tally: nothing, rebuilt agree 1"));
  tamper(false, tally_key, tally_of(1));
  EXPECT_FALSE(first_difference());
  tamper(false, make_key('T', id_of<ContributionId>(250)), tally_of(4));
  difference = first_difference();
  ASSERT_TRUE(difference);
  EXPECT_THAT(difference->meaning, HasSubstr("agree 4"));
  EXPECT_THAT(difference->meaning, HasSubstr("rebuilt nothing"));
}

TEST_F(CompareTest, Compares_a_faulted_read_model_up_to_where_it_stopped_and_skips_another_version) {
  const auto damaged_at = std::make_shared<std::atomic<uint64_t>>(20);
  Projections projections;
  projections.push_back(std::make_unique<CountingProjection>(1, damaged_at));
  ASSERT_FALSE(projector_of(*log, *views, std::move(projections))->catch_up_to(log->head()));
  Projections same = all_projections();
  same.push_back(std::make_unique<CountingProjection>(1, damaged_at));
  const ComparedView stopped = compared(std::move(same)).back();
  EXPECT_EQ(stopped.position, Position{19});
  EXPECT_EQ(stopped.history, 19U);
  EXPECT_FALSE(stopped.difference);
  Projections newer;
  newer.push_back(std::make_unique<CountingProjection>(2));
  EXPECT_THAT(compared(std::move(newer)).front().skipped, HasSubstr("version 1"));
}

}  // namespace
}  // namespace civiclog
