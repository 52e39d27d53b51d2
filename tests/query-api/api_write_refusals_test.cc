#include "tests/query-api/write_fixture.h"

// Writes that are refused: by how they are written, by who asks, by the version they stand on, by how often. None of them writes.

namespace civiclog {
namespace {

class WriteRefusalTest : public WriteTest {
 protected:
  void SetUp() override { before_ = head(); }
  void TearDown() override { EXPECT_EQ(head(), before_) << "a refused request wrote something"; }

  std::string refused_body(const std::string& body, const std::string& headers = "") {
    const RawResponse response = write("POST", "/v1/topics/tram/contributions", body, token(story_->ana), "", headers);
    const Json json = body_of(response);
    return std::to_string(response.status) + " " + text_of(json, "/code") + " " + text_of(json, "/pointer");
  }

  Position before_;
};

TEST_F(WriteRefusalTest, A_body_is_read_strictly_and_the_fault_is_pointed_at) {
  const std::pair<std::string, std::string> kCases[] = {
      {R"({"kind":"opinion","body":"a","colour":"red"})", "400 field_unknown /colour"},
      {R"({"body":"a"})", "400 field_missing /kind"},
      {R"({"kind":null,"body":"a"})", "400 field_missing /kind"},
      {R"({"kind":7,"body":"a"})", "400 field_type /kind"},
      {R"({"kind":"poem","body":"a"})", "400 field_invalid /kind"},
      {R"({"kind":"opinion","body":["a"]})", "400 field_type /body"},
      {R"({"kind":"opinion","kind":"question","body":"a"})", "400 field_repeated /kind"},
      {R"({"kind":"opinion","body":"a","x":{"y~/":[1,{"z":1,"z":2}]}})", "400 field_repeated /x/y~0~1/1/z"},
      {R"({"kind":"opinion","body":"a","x":[[[[[[[[[1]]]]]]]]]})", "400 json_too_deep /x/0/0/0/0/0/0/0"},
      {R"({"kind":"opinion","body":"a"} {})", "400 json_invalid "},
      {R"({"kind":"opinion","body":"a"}garbage)", "400 json_invalid "},
      {R"({"kind":"opinion","body":"a",})", "400 json_invalid "},
      {R"({"kind":"opinion","body":"a")", "400 json_invalid "},
      {R"({'kind':'opinion'})", "400 json_invalid "},
      {R"({"kind":"opinion","body":NaN})", "400 json_invalid "},
      {R"({"kind":"opinion","body":"\ud800"})", "400 json_invalid "},
      {std::string("{\"kind\":\"opinion\",\"body\":\"\xC3\x28\"}"), "400 json_invalid "},
      {std::string("{\"kind\":\"opinion\",\"body\":\"a\0b\"}", 31), "400 json_invalid "},
      {"[]", "400 json_not_an_object "},
      {"\"opinion\"", "400 json_not_an_object "},
      {" ", "400 json_invalid "},
  };
  for (const auto& [body, expected] : kCases) EXPECT_EQ(refused_body(body), expected) << body;
  std::string many = R"({"kind":"opinion","body":"a","x":[0)";
  for (int i = 0; i < 10'001; ++i) many += ",0";
  EXPECT_EQ(refused_body(many + "]}"), "413 json_too_large ");
}

TEST_F(WriteRefusalTest, What_a_refusal_repeats_of_the_body_is_cut_between_characters) {
  const std::string tram = "\xF0\x9F\x9A\x8B";
  for (size_t before = 36; before < 41; ++before) {
    const std::string name = std::string(before, 'x') + tram + tram;
    EXPECT_EQ(refused_body(R"({"body":"a","kind":")" + name + R"("})"), "400 field_invalid /kind");
    const std::string member = std::string(40 + before, 'x') + tram;
    EXPECT_EQ(refused_body(R"({"kind":"opinion","body":"a",")" + member + R"(":1})"), "400 field_unknown /" + member);
  }
}

TEST_F(WriteRefusalTest, Times_numbers_and_lists_are_read_strictly) {
  const std::string owner = token(story_->owner);
  const auto put = [&](const std::string& body) {
    const RawResponse response = write("PUT", "/v1/topics/tram/phases", body, owner);
    return text_of(body_of(response), "/code") + " " + text_of(body_of(response), "/pointer");
  };
  const std::string good = R"("starts_at":"2026-03-01T08:00:00Z","ends_at":"2026-03-02T08:00:00Z")";
  const std::string allows = R"("allows":{"submit":true,"comment":true,"vote":false},)";
  EXPECT_EQ(put(R"({"phases":[{"kind":"vote",)" + allows + R"("starts_at":"tomorrow","ends_at":"2026-03-02T08:00:00Z"}]})"), "field_invalid /phases/0/starts_at");
  EXPECT_EQ(put(R"({"phases":[{"kind":"vote",)" + good + "}]}"), "field_missing /phases/0/allows");
  EXPECT_EQ(put(R"({"phases":[{"kind":"vote","allows":{"submit":1,"comment":true,"vote":false},)" + good + "}]}"), "field_type /phases/0/allows/submit");
  EXPECT_EQ(put(R"({"phases":[{"kind":"vote","allows":{"submit":true,"comment":true,"vote":false,"dance":true},)" + good + "}]}"),
            "field_unknown /phases/0/allows/dance");
  EXPECT_EQ(put(R"({"phases":["vote"]})"), "field_type /phases/0");
  EXPECT_EQ(put(R"({"phases":{}})"), "field_type /phases");
  const std::string ben = token(story_->ben);
  for (const char* version : {"-1", "1.5", "4294967296", "1e3", "\"1\"", "true"}) {
    const RawResponse response = write("PUT", opinion_path() + "/ballot", R"({"choice":"agree","version":)" + std::string(version) + "}", ben);
    EXPECT_EQ(outcome(response), "400 field_type") << version;
  }
}

TEST_F(WriteRefusalTest, The_media_type_the_query_and_the_key_are_checked) {
  const std::string ana = token(story_->ana);
  RawClient client(door_->port());
  const std::string head = "POST /v1/topics/tram/contributions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + ana + "\r\nContent-Length: 2\r\n";
  ASSERT_TRUE(client.send(head + "Idempotency-Key: k\r\nContent-Type: text/plain\r\n\r\n{}"));
  EXPECT_EQ(outcome(client.read_response().value()), "415 media_type_unsupported");
  ASSERT_TRUE(client.send(head + "Content-Type: application/json\r\n\r\n{}"));
  EXPECT_EQ(outcome(client.read_response().value()), "400 idempotency_key_missing");
  ASSERT_TRUE(client.send(head + "Idempotency-Key: a b\r\nContent-Type: application/json\r\n\r\n{}"));
  EXPECT_EQ(outcome(client.read_response().value()), "400 idempotency_key_invalid");
  EXPECT_EQ(outcome(write("POST", "/v1/participants", "{}", ana, std::string(129, 'k'))), "400 idempotency_key_invalid");
  EXPECT_EQ(outcome(write("POST", "/v1/participants?dry=1", "{}", ana)), "400 parameter_unknown");
  EXPECT_EQ(outcome(write("POST", "/v1/organisations", R"({"slug":"x","name":"X"})", token("installation"), "", "Content-Encoding: gzip\r\n")).substr(0, 3), "415");
}

TEST_F(WriteRefusalTest, Who_asks_is_told_apart_from_what_they_may) {
  const std::string body = R"({"kind":"opinion","body":"a"})";
  const std::string target = "/v1/topics/tram/contributions";
  const RawResponse nobody = write("POST", target, body, "");
  EXPECT_EQ(outcome(nobody), "401 unauthorised");
  EXPECT_EQ(nobody.header("www-authenticate"), "Bearer realm=\"civiclog\"");
  std::string forged = token(story_->ana);
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  const RawResponse wrong = write("POST", target, body, forged);
  EXPECT_EQ(outcome(wrong), "401 unauthorised");
  EXPECT_NE(wrong.header("www-authenticate").find("invalid_token"), std::string::npos);
  const std::string old = token(story_->ana);
  clock_ms_ += 3'600'000;
  EXPECT_EQ(outcome(write("POST", target, body, old)), "401 unauthorised") << "an hour later";
  EXPECT_EQ(outcome(write("POST", target, body, token("installation"))), "403 bootstrap_only");
  EXPECT_EQ(outcome(write("POST", target, body, token("somebody"))), "401 unauthorised") << "no participant's id";
  EXPECT_EQ(outcome(write("POST", target, body, token(ParticipantId{make_uuid_v4(random_array<16>())}))), "409 participant_unknown");
  EXPECT_EQ(outcome(write("POST", "/v1/organisations/riverside/topics", R"({"slug":"x","title":"X"})", token(story_->ana))), "403 role_missing");
  EXPECT_EQ(outcome(write("PUT", "/v1/comments/" + story_->thread[0].text() + "/body", R"({"body":"x"})", token(story_->cem))), "403 not_yours");
  const std::string ana = token(story_->ana);
  EXPECT_EQ(outcome(write("POST", target, body, "", "", "Authorization: Bearer " + ana + "\r\nAuthorization: Bearer " + ana + "\r\n")), "401 unauthorised");
  EXPECT_EQ(outcome(write("POST", target, body, "", "", "Authorization: Basic YTpi\r\n")), "401 unauthorised");
}

TEST_F(WriteRefusalTest, What_is_not_there_is_a_404_and_what_the_rules_forbid_is_a_409) {
  const std::string ana = token(story_->ana);
  EXPECT_EQ(outcome(write("POST", "/v1/topics/nowhere/contributions", R"({"kind":"opinion","body":"a"})", ana)), "404 topic_unknown");
  EXPECT_EQ(outcome(write("PUT", "/v1/contributions/no-id/ballot", ballot("agree"), ana)), "404 not_found");
  EXPECT_EQ(outcome(write("PUT", "/v1/contributions/" + story_->hidden_opinion.text() + "/ballot", ballot("agree"), ana)), "409 not_votable");
  EXPECT_EQ(outcome(write("PUT", opinion_path() + "/ballot", ballot("agree", 9), ana)), "409 version_conflict");
  EXPECT_EQ(outcome(write("POST", "/v1/topics/tram/contributions", R"({"kind":"article","title":"t","body":"a"})", ana)), "422 link_missing");
  EXPECT_EQ(outcome(write("POST", "/v1/topics/tram/phases/0/open", "", token(story_->owner))), "409 phases_overlap");
  EXPECT_EQ(outcome(write("POST", "/v1/topics/tram/phases/x/open", "", token(story_->owner))), "404 not_found");
}

TEST_F(WriteRefusalTest, A_revision_says_what_it_revises) {
  const std::string author = token(story_->ben);
  const std::string target = opinion_path() + "/versions";
  const std::string body = R"({"substantive":false,"body":"x"})";
  EXPECT_EQ(outcome(write("POST", target, body, author)), "428 precondition_missing");
  EXPECT_EQ(outcome(write("POST", target, body, author, "", "If-Match: \"1\"\r\n")), "412 version_conflict");
  EXPECT_EQ(outcome(write("POST", target, body, author, "", "If-Match: \"abc\"\r\n")), "412 version_conflict");
}

TEST_F(WriteRefusalTest, Who_asks_too_often_waits) {
  const std::string ana = token(story_->ana);
  RawResponse last;
  int admitted = 0;
  for (int i = 0; i < 130; ++i) {
    last = write("POST", "/v1/topics/nowhere/contributions", R"({"kind":"opinion","body":"a"})", ana);
    admitted += last.status == 404 ? 1 : 0;
  }
  EXPECT_EQ(admitted, 100);
  EXPECT_EQ(outcome(last), "429 rate_limited");
  EXPECT_GE(std::stoi(last.header("retry-after")), 1);
  EXPECT_EQ(outcome(write("POST", "/v1/topics/nowhere/contributions", R"({"kind":"opinion","body":"a"})", token(story_->ben))), "404 topic_unknown");
  EXPECT_EQ(get("/v1/topics/tram").status, 200) << "reading goes on";
}

TEST_F(WriteRefusalTest, A_log_that_has_stopped_takes_no_act_and_says_so_without_its_reasons) {
  installation_->log().stop();
  const RawResponse response = write("POST", "/v1/topics/tram/contributions", R"({"kind":"opinion","body":"a"})", token(story_->ana));
  EXPECT_EQ(outcome(response), "503 log_stopped");
  EXPECT_FALSE(response.header("retry-after").empty());
  EXPECT_EQ(get("/v1/topics/tram").status, 200) << "reading goes on";
  EXPECT_FALSE(log_.empty()) << "the operator is told";
  log_.clear();
}

TEST_F(WriteRefusalTest, A_ballot_is_shown_to_its_voter_alone) {
  const std::string target = "/v1/topics/tram/ballot";
  EXPECT_EQ(get(target).status, 401);
  const RawResponse own = get(target, "Authorization: Bearer " + token(story_->ana) + "\r\n");
  EXPECT_EQ(own.status, 200) << own.body;
  EXPECT_EQ(own.header("cache-control"), "private, no-store");
  EXPECT_FALSE(body_of(own).at("items").as_array().empty());
  const RawResponse none = get(target, "Authorization: Bearer " + token(story_->owner) + "\r\n");
  EXPECT_TRUE(body_of(none).at("items").as_array().empty()) << none.body;
  EXPECT_TRUE(body_of(get(target, "Authorization: Bearer " + token("installation") + "\r\n")).at("items").as_array().empty());
}

}  // namespace
}  // namespace civiclog
