#include <ctime>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "query-api/operation/metrics_commands.h"
#include "tests/query-api/write_fixture.h"
#include "tests/support/child_process.h"

namespace civiclog {
namespace {

// A served deliberation, its metrics as a scraper sees them: "name{labels}" → value.
class MetricsTest : public WriteTest {
 protected:
  using Values = std::map<std::string, double>;

  std::string page() {
    const RawResponse response = get("/metrics");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(response.header("cache-control"), "no-store");
    return response.body;
  }
  Values scrape() {
    Values values;
    std::istringstream lines(page());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const size_t space = line.rfind(' ');
      EXPECT_TRUE(values.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second) << "twice: " << line;
    }
    return values;
  }
  static double of(const Values& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? 0 : found->second;
  }
  static std::string requests(const std::string& route, const std::string& method, const std::string& code) {
    return "civiclog_http_requests_total{route=\"" + route + "\",method=\"" + method + "\",code=\"" + code + "\"}";
  }
  static std::string commands(const std::string& command, const std::string& outcome) {
    return "civiclog_commands_total{command=\"" + command + "\",outcome=\"" + outcome + "\"}";
  }
};

constexpr const char* kBallotRoute = "/v1/contributions/{contribution}/ballot";

TEST_F(MetricsTest, Promtool_finds_nothing_wrong_with_the_page_also_after_writes_and_errors) {
  write("PUT", opinion_path() + "/ballot", ballot("agree"), token(story_->ana));
  get("/v1/topics/tram");
  get("/nothing/here");
  const std::filesystem::path file = scratch_.path() / "metrics";
  std::ofstream(file, std::ios::binary) << page();
  ChildProcess promtool(scratch_.path(), PROMTOOL_PATH, {"check", "metrics"}, file);
  EXPECT_EQ(promtool.wait(), 0);
  EXPECT_EQ(promtool.out() + promtool.error(), "");

  // It would have found something.
  std::ofstream(file, std::ios::binary) << page() << "# TYPE civiclog_made_up counter\nciviclog_made_up 1\n";
  ChildProcess again(scratch_.path(), PROMTOOL_PATH, {"check", "metrics"}, file);
  EXPECT_NE(again.wait(), 0);
}

TEST_F(MetricsTest, Requests_are_counted_by_pattern_method_and_status) {
  const Values before = scrape();
  for (int i = 0; i < 3; ++i) get("/v1/topics/tram");
  get("/v1/topics/tram", "", "HEAD");
  get("/v1/topics/no-such-topic");
  get("/v1/topics/tram?nonsense=1");
  get("/v1/topics/tram", "If-None-Match: *\r\n");
  get("/v1/topics/tram", "", "OPTIONS");
  get("/v1/topics/tram", "", "PATCH");
  get("/no/such/route");
  const Values after = scrape();
  const auto more = [&](const std::string& name) { return of(after, name) - of(before, name); };
  const std::string route = "/v1/topics/{topic}";
  EXPECT_EQ(more(requests(route, "GET", "200")), 3);
  EXPECT_EQ(more(requests(route, "HEAD", "200")), 1);
  EXPECT_EQ(more(requests(route, "GET", "404")), 1);
  EXPECT_EQ(more(requests(route, "GET", "400")), 1);
  EXPECT_EQ(more(requests(route, "GET", "304")), 1);
  EXPECT_EQ(more(requests(route, "OPTIONS", "204")), 1);
  EXPECT_EQ(more(requests(route, "PATCH", "405")), 1);
  EXPECT_EQ(more(requests("none", "GET", "404")), 1);
  EXPECT_EQ(more(requests("/metrics", "GET", "200")), 1);
  const std::string labels = "{route=\"" + route + "\",method=\"GET\"";
  EXPECT_EQ(more("civiclog_http_request_duration_seconds_count" + labels + "}"), 6);
  EXPECT_EQ(more("civiclog_http_request_duration_seconds_bucket" + labels + ",le=\"+Inf\"}"), 6);
  EXPECT_GT(more("civiclog_http_request_duration_seconds_sum" + labels + "}"), 0);
}

TEST_F(MetricsTest, What_became_of_commands_is_counted_by_their_type_and_the_log_moves) {
  const Values before = scrape();
  const std::string voter = token(story_->ana);
  const std::string key = new_key();
  const std::string path = opinion_path() + "/ballot";
  ASSERT_EQ(write("PUT", path, ballot("agree"), voter, key).status, 200);
  ASSERT_EQ(write("PUT", path, ballot("agree"), voter, key).status, 200);
  ASSERT_EQ(write("PUT", path, ballot("pass"), voter, key).status, 422);
  ASSERT_EQ(write("PUT", path, "{}", voter).status, 400);
  ASSERT_EQ(write("PUT", path, ballot("agree"), "").status, 401);
  catch_up();
  const Values after = scrape();
  const auto more = [&](const std::string& name) { return of(after, name) - of(before, name); };
  EXPECT_EQ(more(commands("cast_ballot", "accepted")), 1);
  EXPECT_EQ(more(commands("cast_ballot", "repeated")), 1);
  EXPECT_EQ(more(commands("cast_ballot", "rejected")), 1);
  EXPECT_EQ(more(commands("post_comment", "accepted")), 0);
  EXPECT_EQ(more("civiclog_append_duration_seconds_count"), 3) << "what never became a command is not one";
  EXPECT_EQ(after.at("civiclog_commands_under_way"), 0);
  EXPECT_EQ(more(requests(kBallotRoute, "PUT", "200")), 2);
  EXPECT_EQ(more(requests(kBallotRoute, "PUT", "422")), 1);
  EXPECT_EQ(more(requests(kBallotRoute, "PUT", "401")), 1);
  EXPECT_EQ(more("civiclog_log_commits_total"), 1);
  EXPECT_EQ(more("civiclog_log_flushes_total"), 1);
  EXPECT_EQ(more("civiclog_log_events_total"), more("civiclog_log_head"));
  EXPECT_GE(more("civiclog_log_head"), 1);
  EXPECT_EQ(after.at("civiclog_log_head"), static_cast<double>(head().value));
}

TEST_F(MetricsTest, Read_models_tell_their_position_lag_and_state) {
  const Values values = scrape();
  for (const std::string& name : installation_->projector().names()) {
    const std::string label = "{read_model=\"" + name + "\"";
    EXPECT_EQ(values.at("civiclog_read_model_position" + label + "}"), static_cast<double>(head().value));
    EXPECT_EQ(values.at("civiclog_read_model_lag_events" + label + "}"), 0);
    EXPECT_EQ(values.at("civiclog_read_model_state" + label + ",state=\"running\"}"), 1);
    EXPECT_EQ(values.at("civiclog_read_model_state" + label + ",state=\"faulted\"}"), 0);
  }
  EXPECT_EQ(values.at("civiclog_installation_failed"), 0);

  installation_->stop_following();
  ASSERT_EQ(write("PUT", opinion_path() + "/ballot", ballot("agree"), token(story_->ana)).status, 200);
  EXPECT_EQ(scrape().at("civiclog_read_model_lag_events{read_model=\"ballots\"}"), static_cast<double>(head().value) -
            values.at("civiclog_read_model_position{read_model=\"ballots\"}"));
}

TEST_F(MetricsTest, Labels_are_of_closed_sets_and_no_value_names_anybody_or_anything) {
  write("PUT", opinion_path() + "/ballot", ballot("agree"), token(story_->ana));
  for (int i = 0; i < 50; ++i) get("/v1/topics/guess-" + std::to_string(i) + "?limit=" + std::to_string(i));
  for (int i = 0; i < 50; ++i) get("/guess/" + std::to_string(i));
  const std::string text = page();
  for (const ParticipantId one : {story_->ana, story_->ben, story_->editor}) EXPECT_EQ(text.find(one.text()), std::string::npos);
  EXPECT_EQ(text.find(story_->opinion.text()), std::string::npos);
  for (const char* word : {"guess", "tram", "127.0.0.1", "subject"}) EXPECT_EQ(text.find(word), std::string::npos) << word;

  std::set<std::string> names;
  for (size_t equals = text.find("=\""); equals != std::string::npos; equals = text.find("=\"", equals + 1)) {
    const size_t before = text.find_last_of("{,", equals);
    names.insert(text.substr(before + 1, equals - before - 1));
  }
  EXPECT_EQ(names, (std::set<std::string>{"code", "command", "le", "method", "outcome", "read_model", "route", "state", "trouble",
                                          "version"}));
}

TEST_F(MetricsTest, The_page_is_a_page_like_others) {
  EXPECT_EQ(problem("/metrics?name=x"), "400 parameter_unknown");
  EXPECT_EQ(get("/metrics", "", "POST").status, 405);
  const Values values = scrape();
  EXPECT_GT(values.at("process_resident_memory_bytes"), 1e6);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(values.at("process_start_time_seconds"), now - 3'600);
  EXPECT_LE(values.at("process_start_time_seconds"), now + 2);
}

TEST(CommandMetrics, Every_outcome_has_its_place_and_names_are_distinct) {
  CommandMetrics metrics;
  const std::vector<std::pair<Result<Appended>, CommandOutcome>> answers = {
      {Appended{}, CommandOutcome::kAccepted},
      {Appended{.first = {}, .last = {}, .recorded_at = {}, .repeated = true}, CommandOutcome::kRepeated},
      {rejected("some_rule", "no"), CommandOutcome::kRejected},
      {not_found("nothing"), CommandOutcome::kRejected},
      {Error{ErrorCode::kConflict, "", ""}, CommandOutcome::kConflict},
      {Error{ErrorCode::kUnavailable, "", "queue_full"}, CommandOutcome::kUnavailable},
      {Error{ErrorCode::kOutcomeUnknown, "", ""}, CommandOutcome::kUnknown},
      {io_error("disk"), CommandOutcome::kFailed}};
  for (const auto& [answer, outcome] : answers) {
    const uint64_t before = metrics.count(2, outcome);
    metrics.submitted();
    EXPECT_EQ(metrics.under_way(), 1u);
    metrics.answered(2, answer, std::chrono::microseconds(300));
    EXPECT_EQ(metrics.count(2, outcome), before + 1) << name_of(outcome);
    EXPECT_EQ(metrics.under_way(), 0u);
  }
  EXPECT_EQ(metrics.durations().in_bucket[2], answers.size()) << "above 0.25 ms, up to 0.5 ms";
  std::set<std::string_view> names;
  for (size_t type = 0; type < kCommandTypes; ++type) names.insert(command_name(type));
  EXPECT_EQ(names.size(), kCommandTypes);
}

TEST(HttpMetrics, What_nobody_was_given_is_counted_apart_and_unknown_statuses_are_500) {
  HttpMetrics metrics({"/a", "/b"});
  metrics.count(1, Method::kPut, 0, std::chrono::seconds(40));
  metrics.count(1, Method::kPut, 299, std::chrono::seconds(0));
  metrics.count(std::nullopt, Method::kGet, 404, std::chrono::seconds(0));
  const std::vector<HttpMetrics::Row> rows = metrics.rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].pattern, "/b");
  EXPECT_EQ(rows[0].by_status, (std::vector<std::pair<int, uint64_t>>{{0, 1}, {500, 1}}));
  EXPECT_EQ(rows[0].durations.in_bucket.back(), 1u);
  EXPECT_EQ(rows[1].pattern, kNoPattern);
}

}  // namespace
}  // namespace civiclog
