#include "tests/query-api/api_fixture.h"

#include "events/payload_codec.h"

// What the public is not shown: embargoed counts, hidden, rejected, withdrawn and pending words, erased words.

namespace civiclog {
namespace {

// Every address that says anything about a contribution.
std::vector<std::string> addresses_of(const Deliberation& story, const std::string& topic) {
  std::vector<std::string> out;
  for (const char* part : {"", "/contributions", "/contributions?status=hidden", "/contributions?status=rejected",
                           "/contributions?status=withdrawn", "/contributions?status=pending", "/results", "/activity", "/moderation"}) {
    out.push_back("/v1/topics/" + topic + part);
  }
  for (const ContributionId id : {story.opinion, story.hidden_opinion, story.withdrawn_opinion, story.article, story.accepted_idea,
                                  story.rejected_idea, story.pending_idea}) {
    out.push_back("/v1/contributions/" + id.text());
    out.push_back("/v1/contributions/" + id.text() + "/comments?show=all");
  }
  out.push_back("/v1/comments/" + story.hidden_comment.text());
  out.push_back("/v1/topics");
  out.push_back("/v1/organisations/riverside/activity");
  return out;
}

std::string with(const std::string& address, const std::string& parameter) {
  return address + (address.find('?') == std::string::npos ? "?" : "&") + parameter;
}

TEST_F(ApiTest, Words_that_are_hidden_today_are_in_no_answer_of_any_moment) {
  const std::vector<std::string> secrets = {"cheap watches", "Never mind.", "You are all fools.", "Free watches for all.",
                                            "Plant forty trees.", "How Lakeside did it.", "lakeside-tram"};
  for (const char* topic : {"tram", "budget"}) {
    for (const std::string& address : addresses_of(*story_, topic)) {
      for (uint64_t position = 1; position <= head().value; position += 3) {
        const RawResponse response = get(with(address, "as_of=" + std::to_string(position)));
        ASSERT_TRUE(response.status == 200 || response.status == 404) << address << response.body;
        for (const std::string& secret : secrets) {
          ASSERT_EQ(response.body.find(secret), std::string::npos) << secret << " in " << address << " as of " << position;
        }
      }
      const RawResponse now = get(address);
      for (const std::string& secret : secrets) {
        ASSERT_EQ(now.body.find(secret), std::string::npos) << secret << " in " << address;
      }
    }
  }
}

TEST_F(ApiTest, A_hidden_contribution_still_says_that_it_exists_and_why_it_is_hidden) {
  const Json body = read("/v1/contributions/" + story_->hidden_opinion.text());
  EXPECT_EQ(text_of(body, "/status"), "hidden");
  EXPECT_EQ(at(body, "/visible"), "false");
  EXPECT_EQ(at(body, "/body"), R"({"state":"hidden"})");
  EXPECT_EQ(text_of(body, "/moderation/ground"), "spam");
  EXPECT_EQ(text_of(body, "/moderation/facts/text"), "Offers goods for sale.");
  EXPECT_EQ(text_of(body, "/moderation/policy"), "house-rules/3#2");
  EXPECT_EQ(at(body, "/tally"), R"({"agree":0,"disagree":4,"pass":0})") << "moderation changes no count";
  const Json restored = read("/v1/contributions/" + story_->restored_opinion.text());
  EXPECT_EQ(text_of(restored, "/status"), "published");
  EXPECT_EQ(text_of(restored, "/body/text"), "My shop would gain from a stop nearby.");
  EXPECT_EQ(text_of(restored, "/moderation/action"), "restore");
  const Json pending = read("/v1/contributions/" + story_->pending_idea.text());
  EXPECT_EQ(at(pending, "/title"), R"({"state":"pending"})");
  EXPECT_EQ(text_of(read("/v1/contributions/" + story_->rejected_idea.text()), "/body/state"), "rejected");
  EXPECT_EQ(text_of(read("/v1/contributions/" + story_->withdrawn_opinion.text()), "/body/state"), "withdrawn");
  EXPECT_EQ(ids_of(read("/v1/topics/budget/contributions")), std::vector<std::string>{story_->accepted_idea.text()});
}

TEST_F(ApiTest, A_contribution_hidden_now_takes_its_comments_with_it) {
  const std::string list = "/v1/contributions/" + story_->opinion.text() + "/comments";
  const std::string comment = "/v1/comments/" + story_->thread[0].text();
  const std::string before = get(comment).header("etag");
  const std::string then = std::to_string(head().value);
  story_->must(issued_by(story_->moderator), DecideModeration{{Uuid{{9}}}, {story_->tram, story_->opinion, {}}, ModerationAction::kHide,
                                                              Ground::kOffTopic, "Not about the tram.", "house-rules/3#2", false});
  catch_up();
  EXPECT_EQ(at(read(list), "/items"), "[]");
  const Json all = read(list + "?show=all&as_of=" + then);
  EXPECT_EQ(all.at("items").as_array().size(), 5u);
  EXPECT_EQ(text_of(all, "/items/0/body/state"), "hidden");
  const RawResponse one = get(comment, "If-None-Match: " + before + "\r\n");
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(text_of(boost::json::parse(one.body), "/body/state"), "hidden");
  EXPECT_EQ(at(read("/v1/topics/tram"), "/counts/comments"), "1");
}

TEST_F(ApiTest, A_hidden_comment_keeps_its_place_for_those_who_ask) {
  const std::string list = "/v1/contributions/" + story_->opinion.text() + "/comments";
  EXPECT_EQ(read(list).at("items").as_array().size(), 4u);
  const Json all = read(list + "?show=all");
  ASSERT_EQ(all.at("items").as_array().size(), 5u);
  EXPECT_EQ(text_of(all, "/items/4/id"), story_->hidden_comment.text());
  EXPECT_EQ(at(all, "/items/4/body"), R"({"state":"hidden"})");
  EXPECT_EQ(text_of(all, "/items/4/moderation/ground"), "offensive");
  EXPECT_EQ(problem(list + "?show=everything"), "400 filter_invalid");
}

TEST_F(ApiTest, Erased_words_are_said_to_be_erased_and_no_count_changes) {
  const Json body = read("/v1/contributions/" + story_->article.text());
  for (const char* field : {"/title", "/body", "/link"}) EXPECT_EQ(at(body, field), R"({"state":"erased"})");
  EXPECT_EQ(text_of(body, "/status"), "pending") << "erased is not hidden";
  const Json past = read("/v1/contributions/" + story_->article.text() + "?as_of=" + std::to_string(story_->before_erasing.value));
  EXPECT_EQ(at(past, "/body"), R"({"state":"erased"})");
  EXPECT_EQ(at(read("/v1/topics/tram/results"), "/voters"), "4") << "Dana's votes still count";
}

TEST_F(ApiTest, An_embargoed_box_gives_no_number_while_it_is_open_and_all_of_them_afterwards) {
  const std::string idea = "/v1/contributions/" + story_->accepted_idea.text();
  const std::string tag = get(idea).header("etag");
  EXPECT_EQ(at(read(idea), "/tally"), "null");
  EXPECT_EQ(at(read(idea), "/embargo"), "true");
  const Position voting = head();
  for (uint64_t position = voting.value - 5; position <= voting.value; ++position) {
    const std::string then = "?as_of=" + std::to_string(position);
    const RawResponse one = get(idea + then);
    if (one.status == 200) {
      EXPECT_EQ(at(boost::json::parse(one.body), "/tally"), "null");
    }
    const Json results = read("/v1/topics/budget/results" + then);
    EXPECT_EQ(at(results, "/embargo"), "true");
    EXPECT_EQ(at(results, "/voters"), "null");
    EXPECT_EQ(at(results, "/votes"), "null");
    for (const Json& item : results.at("items").as_array()) EXPECT_EQ(at(item, "/tally"), "null");
    const Json topic = read("/v1/topics/budget" + then);
    EXPECT_EQ(at(topic, "/counts/voters"), "null");
    EXPECT_EQ(at(topic, "/box/embargo"), "true");
  }
  EXPECT_EQ(at(read("/v1/topics/budget/contributions"), "/items/0/tally"), "null");

  story_->must(issued_by(story_->ben), CastBallot{story_->accepted_idea, 1, Choice::kPass});
  catch_up();
  EXPECT_EQ(get(idea).header("etag"), tag) << "a tag that moves with each vote would tell of it";

  story_->close_budget();
  catch_up();
  EXPECT_EQ(get(idea, "If-None-Match: " + tag + "\r\n").status, 200);
  EXPECT_EQ(at(read(idea), "/tally"), R"({"agree":1,"disagree":1,"pass":1})");
  EXPECT_FALSE(read(idea).as_object().contains("embargo"));
  EXPECT_EQ(at(read(idea + "?as_of=" + std::to_string(voting.value)), "/tally"), R"({"agree":2,"disagree":1,"pass":0})");
  EXPECT_EQ(at(read("/v1/topics/budget/results"), "/voters"), "3");
}

TEST_F(ApiTest, A_word_that_is_still_on_its_way_is_said_to_be_and_then_shown) {
  const ContributionId id{Uuid{{7, 7}}};
  const WordId word{make_uuid_v4(random_array<16>())};
  const EncodedPayload payload =
      encode_payload(ContributionSubmitted{story_->tram, ContributionKind::kOpinion, false, {}, {word, {}}, {}, ""});
  AppendRequest request;
  request.command = command_id_of("test", "a word on its way");
  request.events = {{stream_of(id), payload.type, payload.schema, payload.bytes, acting_participant(story_->ana, Role::kCitizen), {}}};
  ASSERT_TRUE(append_and_wait(installation_->log(), request));
  catch_up();
  const std::string target = "/v1/contributions/" + id.text();
  EXPECT_EQ(at(read(target), "/body"), R"({"state":"not_yet_here"})");
  const std::string tag = get(target).header("etag");
  ASSERT_TRUE(installation_->vault().put({{Word{word, story_->ana.uuid, {}, "Better late than never.", request.command}}}, system_now()));
  const RawResponse now = get(target, "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(now.status, 200) << "no event told of it, and still it is another answer";
  EXPECT_EQ(text_of(boost::json::parse(now.body), "/body/text"), "Better late than never.");
}

TEST_F(ApiTest, Ballots_of_an_open_box_are_public_and_those_of_a_lost_key_cannot_be_shown) {
  const TopicId open = topic_id_of("petition");
  story_->must(issued_by(story_->owner), LaunchTopic{story_->city, "petition", "Keep the pool", "Sign here.", ""});
  story_->must(issued_by(story_->owner), SetRules{open, {Secrecy::kOpen, false, {ContributionKind::kOpinion}}, {}});
  story_->must(issued_by(story_->owner), DefinePhases{open, {{PhaseKind::kVote, {true, true, true}, {0}, {1}}}});
  story_->must(issued_by(story_->owner), OpenPhase{open, 0, {}});
  const ContributionId pool{Uuid{{7, 8}}};
  story_->must(issued_by(story_->ana), SubmitContribution{pool, open, ContributionKind::kOpinion, "", "The pool stays.", {}, ""});
  const Position cast = story_->must(issued_by(story_->ben), CastBallot{pool, 1, Choice::kAgree});
  catch_up();
  const Json page = read("/v1/events?limit=1&after=" + std::to_string(cast.value - 1));
  EXPECT_EQ(text_of(page, "/items/0/type"), "ballot-cast");
  EXPECT_EQ(text_of(page, "/items/0/summary/choice"), "agree");
  EXPECT_EQ(text_of(page, "/items/0/actor/kind"), "ballot_tag");

  const std::optional<Uuid> box = parse_uuid(text_of(read("/v1/topics/tram"), "/box/id"));
  ASSERT_TRUE(box);
  ASSERT_TRUE(installation_->vault().destroy_box_key(BoxId{*box}));
  size_t keyless = 0;
  const Json events = read("/v1/events?limit=200");
  for (const Json& event : events.at("items").as_array()) {
    if (at(event, "/state") != "\"key_destroyed\"") continue;
    ++keyless;
    EXPECT_EQ(at(event, "/bytes"), "null");
    EXPECT_FALSE(event.as_object().contains("commitment"));
  }
  EXPECT_EQ(keyless, 11u);
}

}  // namespace
}  // namespace civiclog
