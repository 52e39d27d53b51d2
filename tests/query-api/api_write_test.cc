#include <thread>

#include "tests/query-api/write_fixture.h"

// Every command there is, over HTTP, and what a retry gets.

namespace civiclog {
namespace {

constexpr const char* kPerson = "7c8e6f9a-5c3c-4d53-9d4b-0c5f3f0f6a11";

TEST_F(WriteTest, A_city_is_founded_and_decides_over_HTTP_alone) {
  const std::string installation = token("installation");
  const RawResponse city = write("POST", "/v1/organisations", R"({"slug":"lakeside","name":"Lakeside"})", installation);
  EXPECT_EQ(outcome(city), "201");
  EXPECT_EQ(city.header("location"), "/v1/organisations/" + text_of(body_of(city), "/id"));
  EXPECT_EQ(text_of(read_after(city, city.header("location")), "/name/text"), "Lakeside");

  const std::string person = token(kPerson);
  const RawResponse joined = write("POST", "/v1/participants", "", person);
  EXPECT_EQ(outcome(joined), "201");
  EXPECT_EQ(text_of(body_of(joined), "/id"), kPerson);
  const std::string role = std::string(R"({"participant":")") + kPerson + R"(","role":"process_owner"})";
  EXPECT_EQ(outcome(write("POST", "/v1/organisations/lakeside/roles", role, installation)), "200");

  const RawResponse topic = write("POST", "/v1/organisations/lakeside/topics",
                                  R"({"slug":"lake","title":"The lake","summary":"Who may swim where?"})", person);
  EXPECT_EQ(outcome(topic), "201");
  EXPECT_EQ(outcome(write("PUT", "/v1/topics/lake/rules",
                          R"({"secrecy":"open","pre_moderation":false,"kinds":["question","opinion"]})", person)), "200");
  const std::string phases = R"({"phases":[{"kind":"vote","allows":{"submit":true,"comment":true,"vote":true},
    "starts_at":"2026-03-01T08:00:00Z","ends_at":"2026-04-01T08:00:00Z"}]})";
  EXPECT_EQ(outcome(write("PUT", "/v1/topics/lake/phases", phases, person)), "200");
  const RawResponse opened = write("POST", "/v1/topics/lake/phases/0/open", R"({"reason":"As announced."})", person);
  EXPECT_EQ(outcome(opened), "200");
  EXPECT_EQ(text_of(read_after(opened, "/v1/topics/lake"), "/phases/0/state"), "open");
  EXPECT_EQ(outcome(write("POST", "/v1/topics/lake/phases/0/extend",
                          R"({"ends_at":"2026-05-01T08:00:00Z","justification":"The ice stayed long."})", person)), "200");
  EXPECT_EQ(outcome(write("POST", "/v1/topics/lake/phases/0/close", "", person)), "200");
}

TEST_F(WriteTest, Citizens_submit_revise_withdraw_comment_and_vote) {
  const std::string ana = token(story_->ana);
  const RawResponse made = write("POST", "/v1/topics/tram/contributions",
                                 R"({"kind":"question","body":"Who pays for it?"})", ana);
  EXPECT_EQ(outcome(made), "201");
  const std::string path = made.header("location");
  const RawResponse before = get(path + "?min_position=" + made.header("civic-position"));
  const RawResponse revised = write("POST", path + "/versions", R"({"substantive":false,"body":"Who pays for all of it?"})", ana, "",
                                    "If-Match: " + before.header("etag") + "\r\n");
  EXPECT_EQ(outcome(revised), "200");
  const Json after = read_after(revised, path);
  EXPECT_EQ(text_of(after, "/body/text"), "Who pays for all of it?");
  EXPECT_EQ(at(after, "/version"), "2");

  const std::string ben = token(story_->ben);
  const RawResponse comment = write("POST", path + "/comments", R"({"body":"All of us.","stance":"for"})", ben);
  EXPECT_EQ(outcome(comment), "201");
  EXPECT_EQ(outcome(write("PUT", comment.header("location") + "/body", R"({"body":"All of us, by taxes."})", ben)), "200");
  EXPECT_EQ(outcome(write("POST", comment.header("location") + "/retract", "", ben)), "200");

  EXPECT_EQ(outcome(write("PUT", path + "/ballot", ballot("agree", 2), ben)), "200");
  EXPECT_EQ(outcome(write("PUT", path + "/ballot", ballot("disagree", 2), ben)), "200");
  const RawResponse again = write("PUT", path + "/ballot", ballot("disagree", 2), ben);
  EXPECT_EQ(outcome(again), "200") << "a re-cast is an act too";
  EXPECT_EQ(at(read_after(again, path), "/tally"), R"({"agree":0,"disagree":1,"pass":0})");
  const RawResponse withdrawn = write("DELETE", path + "/ballot", "", ben);
  EXPECT_EQ(outcome(withdrawn), "200");
  EXPECT_EQ(at(read_after(withdrawn, path), "/tally"), R"({"agree":0,"disagree":0,"pass":0})");
  const RawResponse gone = write("POST", path + "/withdraw", R"({"reason":"Answered."})", ana);
  EXPECT_EQ(outcome(gone), "200");
  EXPECT_EQ(text_of(read_after(gone, path), "/status"), "withdrawn");
}

TEST_F(WriteTest, Content_is_flagged_and_moderated_by_naming_it_alone) {
  const std::string id = story_->opinion.text();
  EXPECT_EQ(outcome(write("POST", "/v1/moderation/flags", R"({"contribution":")" + id + R"(","ground":"off_topic"})", token(story_->ben))), "201");
  const RawResponse hidden = write("POST", "/v1/moderation/decisions", R"({"contribution":")" + id +
      R"(","action":"hide","ground":"off_topic","facts":"About another line.","policy":"house-rules/1"})", token(story_->moderator));
  EXPECT_EQ(outcome(hidden), "201");
  EXPECT_EQ(text_of(read_after(hidden, opinion_path()), "/status"), "hidden");
  EXPECT_EQ(outcome(write("POST", "/v1/moderation/decisions", R"({"comment":")" + story_->thread[0].text() +
      R"(","action":"hide","ground":"spam","facts":"An advertisement.","policy":"house-rules/1"})", token(story_->moderator))), "201");
  EXPECT_EQ(outcome(write("POST", "/v1/moderation/flags", R"({"ground":"spam"})", token(story_->ben))), "400 field_missing");
  EXPECT_EQ(outcome(write("POST", "/v1/moderation/flags", std::string(R"({"comment":")") + kPerson + R"(","ground":"spam"})", token(story_->ben))),
            "404 target_unknown");
}

TEST_F(WriteTest, A_decision_that_names_no_case_opens_one_and_its_retry_is_the_same_decision) {
  const std::string body = R"({"contribution":")" + story_->opinion.text() +
                           R"(","action":"hide","ground":"off_topic","facts":"About ships.","policy":"house-rules/1"})";
  const RawResponse first = write("POST", "/v1/moderation/decisions", body, token(story_->moderator), "once");
  EXPECT_EQ(outcome(first), "201");
  const RawResponse again = write("POST", "/v1/moderation/decisions", body, token(story_->moderator), "once");
  EXPECT_EQ(outcome(again), "201") << again.body;
  EXPECT_EQ(again.body, first.body);
}

TEST_F(WriteTest, People_are_verified_and_erased) {
  const std::string person = token(kPerson);
  EXPECT_EQ(outcome(write("POST", "/v1/participants", "{}", person)), "201");
  const std::string verification = std::string("/v1/participants/") + kPerson + "/verification";
  EXPECT_EQ(outcome(write("POST", verification, R"({"method":"eid","identity":"X 1"})", person)), "403 role_missing");
  EXPECT_EQ(outcome(write("POST", verification, R"({"method":"eid","identity":"X 1"})", token("installation"))), "200");
  EXPECT_EQ(outcome(write("PUT", opinion_path() + "/ballot", ballot("agree"), person)), "200");
  EXPECT_EQ(outcome(write("POST", "/v1/erasures", R"({"everything":true})", person)), "200");
  EXPECT_EQ(outcome(write("POST", "/v1/erasures", R"({"everything":true,"subject":")" + story_->ana.text() + R"("})", person)), "403 not_yours");
  EXPECT_EQ(outcome(write("POST", "/v1/organisations/riverside/roles/revoke", R"({"participant":")" + story_->moderator.text() +
                          R"(","role":"moderator","reason":"Term ended."})", token(story_->owner))), "200");
}

TEST_F(WriteTest, The_same_key_gets_the_same_answer_and_writes_nothing) {
  const std::string ana = token(story_->ana);
  const std::string body = R"({"kind":"opinion","body":"Twice is enough."})";
  const RawResponse first = write("POST", "/v1/topics/tram/contributions", body, ana, "once");
  const Position after = head();
  const RawResponse second = write("POST", "/v1/topics/tram/contributions", body, ana, "once");
  EXPECT_EQ(second.status, first.status);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.header("location"), first.header("location"));
  EXPECT_EQ(outcome(write("POST", "/v1/topics/tram/contributions", R"({"kind":"opinion","body":"Other."})", ana, "once")), "422 command_reused");
  EXPECT_EQ(head(), after);
  // The key of another subject is another key.
  EXPECT_EQ(outcome(write("POST", "/v1/topics/tram/contributions", body, token(story_->ben), "once")), "201");
}

TEST_F(WriteTest, A_revision_of_whichever_version_is_current_gets_the_first_answer_when_it_is_repeated) {
  const std::string ana = token(story_->ana);
  const RawResponse made = write("POST", "/v1/topics/tram/contributions", R"({"kind":"question","body":"Who pays?"})", ana);
  const std::string versions = made.header("location") + "/versions";
  const std::string revision = R"({"substantive":false,"body":"Who pays for it?"})";
  const RawResponse revised = write("POST", versions, revision, ana, "any-version", "If-Match: *\r\n");
  EXPECT_EQ(outcome(revised), "200");
  const RawResponse revised_again = write("POST", versions, revision, ana, "any-version", "If-Match: *\r\n");
  EXPECT_EQ(revised_again.status, revised.status);
  EXPECT_EQ(revised_again.body, revised.body);
}

TEST_F(WriteTest, Many_clients_with_one_key_at_once_write_one_event) {
  const Position before = head();
  const std::string ana = token(story_->ana);
  std::vector<RawResponse> answers(16);
  {
    std::vector<std::jthread> clients;
    for (RawResponse& answer : answers) {
      clients.emplace_back([&] {
        answer = write("POST", "/v1/topics/tram/contributions", R"({"kind":"opinion","body":"All at once."})", ana, "same");
      });
    }
  }
  for (const RawResponse& answer : answers) {
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, answers.front().body);
  }
  EXPECT_EQ(head(), before.next());
}

TEST_F(WriteTest, Hundreds_are_under_way_at_once_and_each_gets_its_own_answer) {
  constexpr size_t kEach = 90;  // Within what one subject may do.
  const std::vector<std::string> tokens = {token(story_->ana), token(story_->ben), token(story_->cem)};
  std::vector<RawClient> clients;
  for (size_t i = 0; i < kEach * tokens.size(); ++i) {
    RawClient& client = clients.emplace_back(door_->port());
    const std::string body = R"({"kind":"opinion","body":"Opinion number )" + std::to_string(i) + R"("})";
    ASSERT_TRUE(client.send("POST /v1/topics/tram/contributions HTTP/1.1\r\nHost: a\r\nIdempotency-Key: " + new_key() +
                            "\r\nAuthorization: Bearer " + tokens[i % tokens.size()] +
                            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    const auto answer = clients[i].read_response();
    ASSERT_TRUE(answer) << i;
    ASSERT_EQ(answer->status, 201) << answer->body;
    EXPECT_EQ(text_of(read_after(*answer, answer->header("location")), "/body/text"), "Opinion number " + std::to_string(i));
  }
}

TEST_F(WriteTest, Requests_of_one_connection_are_answered_in_order_also_when_they_wait_for_the_log) {
  RawClient client(door_->port());
  const std::string authorisation = "Authorization: Bearer " + token(story_->ana) + "\r\n";
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    const std::string body = R"({"kind":"opinion","body":"In order )" + std::to_string(i) + R"("})";
    requests += "POST /v1/topics/tram/contributions HTTP/1.1\r\nHost: a\r\nIdempotency-Key: " + new_key() + "\r\n" + authorisation +
                "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    requests += "GET /v1/nothing/" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  ASSERT_TRUE(client.send(requests));
  uint64_t last = 0;
  for (int i = 0; i < 20; ++i) {
    const auto written = client.read_response();
    ASSERT_TRUE(written);
    EXPECT_EQ(written->status, 201);
    const uint64_t position = std::stoull(written->header("civic-position"));
    EXPECT_GT(position, last);
    last = position;
    EXPECT_EQ(client.read_response().value().status, 404);
  }
}

}  // namespace
}  // namespace civiclog
