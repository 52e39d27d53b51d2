#include <gtest/gtest.h>

#include "projections/activity.h"
#include "projections/ballots.h"
#include "projections/comments.h"
#include "projections/contributions.h"
#include "projections/topics.h"
#include "tests/projections/fixture.h"

namespace civiclog {
namespace {

const TopicId kTopic = id_of<TopicId>(1);
const ContributionId kFirst = id_of<ContributionId>(11);
const ContributionId kSecond = id_of<ContributionId>(12);
const BoxId kBox = id_of<BoxId>(21);
const Tag kTag = id_of<Tag>(31);

class QueriesTest : public testing::Test {
 protected:
  QueriesTest() : log(empty_log()), views(fresh_views(directory / "views")) {
    happens(stream_of(kTopic), TopicLaunched{id_of<OrganisationId>(2), "lanes", word(1), {}, ""});                      // 1
    happens(stream_of(kTopic), BoxOpened{kBox, Secrecy::kPseudonymous, {}, {}});                                      // 2
    happens(stream_of(kFirst), ContributionSubmitted{kTopic, ContributionKind::kOpinion, false, {}, word(2), {}, "0"});  // 3
    happens(stream_of(kSecond), ContributionSubmitted{kTopic, ContributionKind::kPolicy, true, {}, word(3), {}, "1"});   // 4
    happens(stream_of(kBox, kTag), BallotCast{kTopic, kFirst, 1, Choice::kAgree});                                    // 5
    happens(stream_of(kFirst), ContributionModerated{kTopic, id_of<CaseId>(9), ModerationAction::kHide, ItemStatus::kHidden});  // 6
  }

  Position happens(const StreamId& stream, Payload payload) { return write(*log, {stream, std::move(payload), acting_system(), {}}); }
  template <typename Queries>
  Queries ask(std::optional<Position> as_of = {}) {
    build(*log, *views, log->head());
    return *views->snapshot().read<Queries>(as_of);
  }

  TemporaryDirectory directory;
  std::unique_ptr<MemoryLog> log;
  std::unique_ptr<Views> views;
};

TEST_F(QueriesTest, What_is_hidden_today_is_not_shown_as_of_yesterday_but_is_counted_as_it_was) {
  const auto then = ask<ContributionQueries>(Position{5});
  const auto item = then.get(kFirst).value();
  ASSERT_TRUE(item);
  EXPECT_EQ(item->row.status, ItemStatus::kPending);
  EXPECT_TRUE(is_visible(item->row));
  EXPECT_FALSE(item->visible_now);
  EXPECT_EQ(then.counts(kTopic)->count(ContributionKind::kOpinion), 1U);
  EXPECT_EQ(then.list(kTopic, {}, {.kind = {}, .status = {}, .only_visible_now = true})->items.size(), 0U);
  EXPECT_EQ(then.list(kTopic, {})->items.size(), 2U);
}

TEST_F(QueriesTest, Hiding_changes_no_tally) {
  const auto now = ask<ContributionQueries>();
  EXPECT_EQ(now.tally(kFirst)->agree, 1);
  EXPECT_EQ(now.counts(kTopic)->count(ContributionKind::kOpinion), 0U);
  EXPECT_EQ(ask<BallotQueries>().counts(kBox).value()->votes, 1U);
}

TEST_F(QueriesTest, A_pre_moderated_contribution_is_not_counted_until_it_is_accepted) {
  EXPECT_EQ(ask<ContributionQueries>().counts(kTopic)->count(ContributionKind::kPolicy), 0U);
  happens(stream_of(kSecond), ContributionModerated{kTopic, id_of<CaseId>(8), ModerationAction::kAccept, ItemStatus::kPublished});
  EXPECT_EQ(ask<ContributionQueries>().counts(kTopic)->count(ContributionKind::kPolicy), 1U);
}

TEST_F(QueriesTest, A_hidden_contribution_takes_its_comments_out_of_the_topics_count) {
  happens(stream_of(id_of<CommentId>(40)), CommentPosted{kTopic, kFirst, {}, 0, word(4), "", Stance::kFor});
  EXPECT_EQ(ask<CommentQueries>().counts(kTopic)->shown, 0U);
  EXPECT_EQ(ask<CommentQueries>().counts(kFirst)->visible, 1U);
  happens(stream_of(kFirst), ContributionModerated{kTopic, id_of<CaseId>(9), ModerationAction::kRestore, ItemStatus::kPublished});
  EXPECT_EQ(ask<CommentQueries>().counts(kTopic)->shown, 1U);
}

TEST_F(QueriesTest, A_withdrawn_choice_is_gone_now_and_there_as_of_then) {
  happens(stream_of(kBox, kTag), BallotWithdrawn{kTopic, kFirst, Choice::kAgree});
  const auto now = ask<BallotQueries>();
  EXPECT_FALSE(now.choice(kBox, kTag, kFirst).value());
  EXPECT_EQ(now.counts(kBox).value()->voters, 0U);
  EXPECT_EQ(now.voter(kBox, kTag).value()->withdrawn, 1U);
  const auto then = ask<BallotQueries>(Position{6});
  EXPECT_EQ(then.choice(kBox, kTag, kFirst).value()->choice, Choice::kAgree);
  EXPECT_EQ(then.choices(kBox, kTag)->size(), 1U);
  EXPECT_TRUE(ask<BallotQueries>(Position{4}).choices(kBox, kTag)->empty());
}

TEST_F(QueriesTest, Lists_run_both_ways_in_pages_and_end) {
  PageRequest request{{}, 2, true};
  const auto feed = ask<ActivityQueries>();
  std::vector<uint64_t> seen;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = feed.of_topic(kTopic, request);
    ASSERT_TRUE(page);
    for (const ActivityRow& row : page->items) seen.push_back(row.position.value);
    if (page->next.empty()) break;
    request.after = page->next;
  }
  EXPECT_EQ(seen, (std::vector<uint64_t>{6, 4, 3, 2, 1})) << "the ballot at 5 is in no feed";
  const auto then = ask<ActivityQueries>(Position{3}).of_topic(kTopic, {{}, 2, true});
  ASSERT_EQ(then->items.size(), 2U);
  EXPECT_EQ(then->items[0].position, Position{3});
  EXPECT_EQ(ask<ActivityQueries>(Position{3}).of_organisation(id_of<OrganisationId>(2), {})->items.size(), 3U);
}

TEST_F(QueriesTest, A_page_that_cannot_be_given_is_refused) {
  const auto contributions = ask<ContributionQueries>();
  EXPECT_EQ(contributions.list(kTopic, {{}, 0, false}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(contributions.list(kTopic, {{}, kMaxPageItems + 1, false}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(contributions.list(kTopic, {"not a cursor", 5, false}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ask<CommentQueries>().thread(kFirst, {"abc", 5, false}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(QueriesTest, An_answer_names_its_position_and_version) {
  EXPECT_EQ(ask<TopicQueries>().reader().position(), Position{6});
  EXPECT_EQ(ask<TopicQueries>(Position{4}).reader().position(), Position{4});
  EXPECT_EQ(ask<TopicQueries>().reader().record().version, 1U);
  EXPECT_FALSE(ask<TopicQueries>(Position{0}).get(kTopic).value());
  EXPECT_FALSE(ask<TopicQueries>(Position{1}).by_slug("lanes").value()->box);
  EXPECT_EQ(ask<TopicQueries>().by_box(kBox).value()->id, kTopic);
  EXPECT_FALSE(ask<ContributionQueries>(Position{3}).by_source_id(kTopic, "1").value());
}

}  // namespace
}  // namespace civiclog
