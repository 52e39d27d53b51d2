#include "base/base64.h"
#include "tests/query-api/api_fixture.h"

namespace civiclog {
namespace {

const char* const kUnknown = "00000000-0000-4000-8000-00000000ffff";

TEST_F(ApiTest, The_head_says_where_the_log_ends) {
  const Json body = read("/v1/head");
  EXPECT_EQ(at(body, "/position"), std::to_string(head().value));
  EXPECT_EQ(text_of(body, "/recorded_at"), to_rfc3339({clock_ms_.load()}));
  EXPECT_EQ(text_of(body, "/log"), installation_->log().id().text());
}

TEST_F(ApiTest, Health_and_readiness_are_told) {
  EXPECT_EQ(get("/healthz").body, R"({"status":"ok"})");
  const Json ready = read("/readyz");
  EXPECT_EQ(at(ready, "/ready"), "true");
  EXPECT_EQ(ready.at("read_models").as_array().size(), installation_->projector().names().size());
  api_->begin_stop();
  EXPECT_EQ(problem("/readyz"), "503 stopping");
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(ApiTest, An_organisation_is_found_by_id_and_by_slug) {
  const Json by_slug = read("/v1/organisations/riverside");
  EXPECT_EQ(text_of(by_slug, "/id"), story_->city.text());
  EXPECT_EQ(text_of(by_slug, "/slug"), "riverside");
  EXPECT_EQ(text_of(by_slug, "/name/text"), "City of Riverside");
  EXPECT_EQ(at(by_slug, "/registered"), R"({"at":"2026-03-01T08:01:00.000Z","position":1})");
  EXPECT_EQ(read("/v1/organisations/" + story_->city.text()), by_slug);
  EXPECT_EQ(ids_of(read("/v1/organisations")), std::vector<std::string>{story_->city.text()});
}

TEST_F(ApiTest, A_topic_tells_its_phases_rules_box_and_counts) {
  const Json body = read("/v1/topics/tram");
  EXPECT_EQ(read("/v1/topics/" + story_->tram.text()), body);
  EXPECT_EQ(text_of(body, "/id"), story_->tram.text());
  EXPECT_EQ(text_of(body, "/organisation"), story_->city.text());
  EXPECT_EQ(text_of(body, "/title/text"), "Line 4 to the hospital");
  EXPECT_EQ(at(body, "/current_phase"), "1");
  EXPECT_EQ(text_of(body, "/phases/0/state"), "closed");
  EXPECT_EQ(text_of(body, "/phases/1/state"), "open");
  EXPECT_EQ(text_of(body, "/phases/1/planned/ends_at"), "2026-03-15T08:00:00.000Z") << "with its extension";
  EXPECT_EQ(text_of(body, "/phases/2/state"), "planned");
  EXPECT_EQ(at(body, "/phases/2/opened"), "null");
  EXPECT_EQ(at(body, "/phases/1/allows"), R"({"submit":true,"comment":true,"vote":true})");
  EXPECT_EQ(at(body, "/rules"),
            R"({"secrecy":"pseudonymous","pre_moderation":false,"kinds":["policy","question","opinion","action","article"]})");
  EXPECT_EQ(text_of(body, "/box/secrecy"), "pseudonymous");
  EXPECT_EQ(text_of(body, "/box/rules_hash").size(), 64u);
  EXPECT_EQ(at(body, "/box/closed"), "null");
  EXPECT_EQ(at(body, "/counts"),
            R"({"contributions":{"policy":1,"question":1,"opinion":2,"action":1,"article":1},"submitted":8,"comments":5,"voters":4})");
  EXPECT_EQ(at(body, "/import"), "null");
}

TEST_F(ApiTest, Topics_are_listed_in_order_and_by_organisation) {
  const std::vector<std::string> both = {story_->tram.text(), story_->budget.text()};
  EXPECT_EQ(ids_of(read("/v1/topics")), both);
  EXPECT_EQ(ids_of(read("/v1/topics?organisation=riverside")), both);
  EXPECT_EQ(ids_of(read("/v1/topics?organisation=" + story_->city.text())), both);
  EXPECT_EQ(problem("/v1/topics?organisation=lakeside"), "404 not_found");
}

TEST_F(ApiTest, A_contribution_is_shown_with_author_words_and_tally) {
  const Json body = read("/v1/contributions/" + story_->opinion.text());
  EXPECT_EQ(text_of(body, "/kind"), "opinion");
  EXPECT_EQ(text_of(body, "/topic"), story_->tram.text());
  EXPECT_EQ(text_of(body, "/source_id"), "17");
  EXPECT_EQ(at(body, "/title"), "null");
  EXPECT_EQ(text_of(body, "/body/text"), "A stop at the school is worth the detour.");
  EXPECT_EQ(at(body, "/author"), R"({"kind":"participant","id":")" + story_->ben.text() + R"(","role":"citizen"})");
  EXPECT_EQ(at(body, "/tally"), R"({"agree":2,"disagree":0,"pass":1})") << "one changed, one reaffirmed, one withdrawn";
  EXPECT_EQ(at(body, "/comments"), "4");
  EXPECT_EQ(at(body, "/visible"), "true");
  EXPECT_EQ(at(body, "/moderation"), "null");
  EXPECT_EQ(text_of(read("/v1/contributions/" + story_->policy.text()), "/author/role"), "editor");
  EXPECT_EQ(text_of(read("/v1/contributions/" + story_->article.text()), "/link/state"), "erased");
}

TEST_F(ApiTest, Contributions_are_filtered_by_kind_and_status) {
  const std::string list = "/v1/topics/tram/contributions";
  const std::vector<std::string> visible = {story_->policy.text(), story_->question.text(), story_->opinion.text(),
                                            story_->action.text(), story_->article.text(),  story_->restored_opinion.text()};
  EXPECT_EQ(ids_of(read(list)), visible);
  EXPECT_EQ(ids_of(read(list + "?kind=question")), std::vector<std::string>{story_->question.text()});
  EXPECT_EQ(ids_of(read(list + "?status=hidden")), std::vector<std::string>{story_->hidden_opinion.text()});
  EXPECT_EQ(ids_of(read(list + "?status=withdrawn&kind=opinion")), std::vector<std::string>{story_->withdrawn_opinion.text()});
  EXPECT_EQ(ids_of(read(list + "?status=published")), std::vector<std::string>{story_->restored_opinion.text()});
  EXPECT_EQ(problem(list + "?kind=Opinion"), "400 filter_invalid");
  EXPECT_EQ(problem(list + "?status="), "400 filter_invalid");
}

TEST_F(ApiTest, Comments_come_in_thread_order_with_their_depth) {
  const Json list = read("/v1/contributions/" + story_->opinion.text() + "/comments");
  std::vector<std::string> thread;
  for (const CommentId id : story_->thread) thread.push_back(id.text());
  EXPECT_EQ(ids_of(list), thread);
  for (size_t depth = 0; depth < 4; ++depth) {
    EXPECT_EQ(at(list, "/items/" + std::to_string(depth) + "/depth"), std::to_string(depth));
  }
  EXPECT_EQ(at(list, "/items/0/parent"), "null");
  EXPECT_EQ(text_of(list, "/items/1/parent"), thread[0]);
  EXPECT_EQ(text_of(list, "/items/1/author/role"), "stakeholder");
  EXPECT_EQ(ids_of(read("/v1/contributions/" + story_->opinion.text() + "/comments?stance=against")),
            std::vector<std::string>{thread[2]});
  const Json one = read("/v1/comments/" + thread[2]);
  EXPECT_EQ(text_of(one, "/body/text"), "Two minutes too many.");
  EXPECT_EQ(text_of(one, "/stance"), "against");
  EXPECT_EQ(text_of(one, "/contribution"), story_->opinion.text());
}

TEST_F(ApiTest, Results_have_every_contribution_and_say_where_the_numbers_come_from) {
  const Json body = read("/v1/topics/tram/results");
  EXPECT_EQ(body.at("items").as_array().size(), 8u) << "hidden and withdrawn ones too";
  EXPECT_EQ(at(body, "/voters"), "4");
  EXPECT_EQ(at(body, "/votes"), "7");
  EXPECT_EQ(at(body, "/items/2/tally"), R"({"agree":2,"disagree":0,"pass":1})");
  EXPECT_EQ(text_of(body, "/items/6/id"), story_->hidden_opinion.text());
  EXPECT_EQ(at(body, "/items/6/tally"), R"({"agree":0,"disagree":4,"pass":0})");
  EXPECT_EQ(text_of(body, "/items/6/body/state"), "hidden");
  EXPECT_EQ(at(body, "/provenance/position"), std::to_string(head().value));
  EXPECT_EQ(at(body, "/provenance/read_model_version"), "1");
  EXPECT_EQ(text_of(body, "/provenance/box_state"), "open");
  EXPECT_EQ(text_of(body, "/provenance/rules_hash"), text_of(read("/v1/topics/tram"), "/box/rules_hash"));
}

TEST_F(ApiTest, The_activity_tells_who_when_and_why_but_no_ballot) {
  const std::vector<Json> newest = walk("/v1/topics/tram/activity", 200);
  std::vector<Json> oldest = walk("/v1/topics/tram/activity?order=oldest", 200);
  std::reverse(oldest.begin(), oldest.end());
  EXPECT_EQ(newest, oldest);
  std::set<std::string> types;
  for (const Json& line : newest) {
    types.insert(text_of(line, "/type"));
    EXPECT_NE(text_of(line, "/actor/kind"), "ballot_tag");
    if (text_of(line, "/type") == "phase-extended") {
      EXPECT_EQ(text_of(line, "/reason/text"), "Two days were a holiday.");
      EXPECT_EQ(text_of(line, "/actor/id"), story_->owner.text());
      EXPECT_EQ(at(line, "/phase"), "1");
    }
    if (text_of(line, "/type") == "content-flagged") {
      EXPECT_EQ(text_of(line, "/reason/state"), "withheld");
    }
  }
  for (const char* type : {"topic-launched", "rules-set", "phases-defined", "phase-opened", "phase-closed", "box-opened",
                           "contribution-submitted", "contribution-withdrawn", "comment-posted", "content-flagged",
                           "moderation-decided", "contribution-moderated", "comment-moderated"}) {
    EXPECT_TRUE(types.contains(type)) << type;
  }
  EXPECT_FALSE(types.contains("ballot-cast"));
  const std::vector<Json> of_city = walk("/v1/organisations/riverside/activity?order=oldest", 200);
  EXPECT_EQ(text_of(of_city.at(0), "/type"), "organisation-registered");
  EXPECT_EQ(text_of(of_city.at(1), "/role"), "editor");
  EXPECT_GT(of_city.size(), newest.size());
}

TEST_F(ApiTest, Moderation_lists_decisions_with_ground_facts_and_policy) {
  const Json list = read("/v1/topics/tram/moderation");
  ASSERT_EQ(list.at("items").as_array().size(), 3u);
  EXPECT_EQ(text_of(list, "/items/0/contribution"), story_->hidden_opinion.text());
  EXPECT_EQ(at(list, "/items/0/flags"), "1");
  EXPECT_EQ(text_of(list, "/items/0/decisions/0/ground"), "spam");
  EXPECT_EQ(text_of(list, "/items/0/decisions/0/facts/text"), "Offers goods for sale.");
  EXPECT_EQ(text_of(list, "/items/0/decisions/0/policy"), "house-rules/3#2");
  EXPECT_EQ(text_of(list, "/items/1/decisions/0/action"), "hide");
  EXPECT_EQ(text_of(list, "/items/1/decisions/1/action"), "restore");
  EXPECT_EQ(text_of(list, "/items/2/comment"), story_->hidden_comment.text());
  EXPECT_EQ(boost::json::serialize(list).find("Cem sells watches"), std::string::npos) << "a flag's words are not public";
}

TEST_F(ApiTest, Events_are_public_forms_in_order_and_ballots_are_sealed) {
  std::vector<Json> events;
  std::string after = "0";
  for (size_t pages = 0; pages < 100; ++pages) {
    const Json page = read("/v1/events?limit=7&after=" + after);
    for (const Json& event : page.at("items").as_array()) events.push_back(event);
    if (page.at("next").is_null()) break;
    after = text_of(page, "/next");
  }
  ASSERT_EQ(events.size(), head().value);
  size_t sealed = 0;
  const std::vector<StoredEvent> stored = *installation_->log().read({}, 1'000);
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(at(events[i], "/position"), std::to_string(i + 1));
    if (at(events[i], "/sealed") == "false") {
      EXPECT_EQ(text_of(events[i], "/bytes"), to_base64(stored[i].bytes));
      EXPECT_EQ(text_of(events[i], "/type"), stored[i].envelope.type);
      EXPECT_TRUE(events[i].at("summary").is_object());
    } else {
      ++sealed;
      EXPECT_TRUE(stored[i].envelope.stream.kind == StreamKind::kBallot);
      EXPECT_EQ(text_of(events[i], "/day"), "2026-03-01");
      EXPECT_EQ(text_of(events[i], "/commitment").size(), 64u);
      EXPECT_EQ(events[i].as_object().size(), 6u) << "position, sealed, box, day, commitment, bytes";
    }
  }
  EXPECT_EQ(sealed, 14u);
  EXPECT_EQ(text_of(events[0], "/summary/slug"), "riverside");
  EXPECT_EQ(at(read("/v1/events?after=100000"), "/items"), "[]");
  EXPECT_EQ(problem("/v1/events?after=x"), "400 after_invalid");
}

TEST_F(ApiTest, What_does_not_exist_is_404_and_another_method_405) {
  for (const std::string& target :
       {std::string("/v1/organisations/lakeside"), std::string("/v1/topics/none"), std::string("/v1/topics/none/contributions"),
        std::string("/v1/topics/none/activity"), std::string("/v1/topics/none/results"), std::string("/v1/topics/none/moderation"),
        std::string("/v1/organisations/none/activity"), std::string("/v1/contributions/") + kUnknown,
        std::string("/v1/contributions/17"), std::string("/v1/contributions/") + kUnknown + "/comments",
        std::string("/v1/comments/") + kUnknown, std::string("/v1/topics/") + kUnknown}) {
    EXPECT_EQ(problem(target), "404 not_found") << target;
  }
  EXPECT_EQ(problem("/v1/nothing"), "404 route_not_found");
  EXPECT_EQ(problem("/v1/topics/"), "404 route_not_found");
  const RawResponse post = get("/v1/topics", "Content-Length: 0\r\n", "POST");
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.header("allow"), "GET, HEAD, OPTIONS");
}

TEST_F(ApiTest, Unknown_and_repeated_parameters_are_refused) {
  for (const char* target : {"/v1/head?x=1", "/healthz?x", "/readyz?as_of=1", "/v1/topics?organization=riverside",
                                    "/v1/topics/tram?limit=5", "/v1/topics/tram/activity?kind=policy", "/v1/events?cursor=x"}) {
    EXPECT_EQ(problem(target), "400 parameter_unknown") << target;
  }
  EXPECT_EQ(problem("/v1/topics?limit=1&limit=2"), "400 parameter_repeated");
  for (const char* limit : {"0", "201", "-1", "", "1e2", "99999999999999999999"}) {
    EXPECT_EQ(problem(std::string("/v1/topics?limit=") + limit), "400 limit_invalid") << limit;
  }
  EXPECT_EQ(problem("/v1/topics/tram/activity?order=up"), "400 filter_invalid");
  EXPECT_EQ(problem("/v1/topics?min_position=soon"), "400 min_position_invalid");
}

TEST_F(ApiTest, A_tag_answers_304_until_the_resource_itself_changes) {
  const std::string target = "/v1/contributions/" + story_->opinion.text();
  const RawResponse first = get(target);
  const std::string tag = first.header("etag");
  EXPECT_EQ(first.header("cache-control"), "no-cache");
  RawResponse again = get(target, "If-None-Match: \"x\", W/" + tag + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("etag"), tag);
  EXPECT_EQ(again.header("civic-position"), std::to_string(head().value));
  EXPECT_EQ(get(target, "If-None-Match: *\r\n").status, 304);
  EXPECT_EQ(get(target, "If-None-Match: \"x\"\r\n").status, 200);

  story_->add_opinion("Something else entirely.");
  catch_up();
  again = get(target, "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(again.status, 304) << "the log moved on, this resource did not";
  EXPECT_EQ(again.header("civic-position"), std::to_string(head().value));

  story_->must(issued_by(story_->ana), CastBallot{story_->opinion, 1, Choice::kPass});
  catch_up();
  again = get(target, "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(at(boost::json::parse(again.body), "/tally"), R"({"agree":1,"disagree":0,"pass":2})");

  // Erasing words is no event of the contribution, and still another answer.
  const std::string before = get(target).header("etag");
  story_->must(issued_by_system(), EraseWords{story_->ben.uuid, {}, story_->ben.uuid, false, ErasureReason::kSubjectRequest});
  catch_up();
  again = get(target, "If-None-Match: " + before + "\r\n");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(text_of(boost::json::parse(again.body), "/body/state"), "erased");
}

TEST_F(ApiTest, The_tag_of_a_list_changes_with_its_content_only) {
  const std::string target = "/v1/topics/tram/contributions?status=hidden";
  const std::string tag = get(target).header("etag");
  story_->add_opinion("A list of other things.");
  catch_up();
  EXPECT_EQ(get(target, "If-None-Match: " + tag + "\r\n").status, 304);
  EXPECT_EQ(get("/v1/topics/tram/contributions", "If-None-Match: " + tag + "\r\n").status, 200);
}

TEST_F(ApiTest, HEAD_has_the_headers_of_GET_and_no_body) {
  for (const std::string& target : {std::string("/v1/head"), std::string("/v1/topics/tram"), std::string("/v1/events"), std::string("/v1/topics/none")}) {
    const RawResponse get_response = get(target);
    const RawResponse head_response = get(target, "", "HEAD");
    EXPECT_EQ(head_response.status, get_response.status);
    EXPECT_EQ(head_response.header("etag"), get_response.header("etag"));
    EXPECT_EQ(head_response.header("content-length"), std::to_string(get_response.body.size()));
    EXPECT_EQ(head_response.body, "");
  }
}

}  // namespace
}  // namespace civiclog
