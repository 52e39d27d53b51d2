#include <algorithm>
#include <mutex>
#include <thread>

#include "base/base64.h"
#include "tests/query-api/api_fixture.h"

// Moments and pages: as_of, min_position, cursors.

namespace civiclog {
namespace {

TEST_F(ApiTest, Cursors_walk_a_whole_list_of_one_moment_while_new_items_arrive) {
  const std::string list = "/v1/topics/tram/contributions";
  const std::vector<std::string> whole = ids_of(read(list));
  for (const size_t limit : {size_t{1}, size_t{2}, size_t{4}, size_t{5}, size_t{200}}) {
    const Position start = head();
    const std::vector<std::string> expected = ids_of(read(list + "?limit=200"));
    const std::vector<Json> items = walk(list, limit, [this] {
      story_->add_opinion("One more, at " + std::to_string(head().value));
      catch_up();
    });
    EXPECT_EQ(ids_of(items), expected) << limit;
    EXPECT_LE(limit < 200 ? start.next() : start, head());
  }
  EXPECT_GT(ids_of(read(list)).size(), whole.size());
}

TEST_F(ApiTest, Every_list_can_be_walked_in_small_steps) {
  for (const std::string& target :
       {std::string("/v1/organisations"), std::string("/v1/topics"), std::string("/v1/topics?organisation=riverside"),
        std::string("/v1/topics/tram/contributions?kind=opinion"), std::string("/v1/topics/tram/activity"),
        std::string("/v1/topics/tram/activity?order=oldest"), std::string("/v1/organisations/riverside/activity"),
        std::string("/v1/topics/tram/results"), std::string("/v1/topics/tram/moderation"),
        "/v1/contributions/" + story_->opinion.text() + "/comments?show=all"}) {
    const std::vector<Json> whole = walk(target, 200);
    EXPECT_FALSE(whole.empty()) << target;
    for (const size_t limit : {size_t{1}, size_t{3}}) EXPECT_EQ(walk(target, limit), whole) << target;
  }
}

TEST_F(ApiTest, A_list_keeps_its_order_newest_first_while_lines_arrive) {
  const std::vector<Json> whole = walk("/v1/topics/tram/activity", 200);
  EXPECT_EQ(walk("/v1/topics/tram/activity", 9, [this] {
              story_->add_opinion("Again, at " + std::to_string(head().value));
              catch_up();
            }),
            whole);
}

TEST_F(ApiTest, An_answer_that_was_kept_is_never_of_before_a_change) {
  const std::string target = "/v1/contributions/" + story_->opinion.text();
  const std::string list = "/v1/topics/tram/contributions?order=newest&limit=1";
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(get(target).body, get(target).body);
    const std::string text = "Not kept " + std::to_string(i);
    story_->add_opinion(text);
    catch_up();
    EXPECT_EQ(text_of(read(list), "/items/0/body/text"), text);
    EXPECT_EQ(at(read(target), "/position"), std::to_string(head().value));
  }
  // Words go without any event of the item itself.
  const std::string before = get(target).body;
  EXPECT_NE(before.find("detour"), std::string::npos);
  story_->must(issued_by(story_->ben), EraseWords{story_->ben.uuid, {}, story_->ben.uuid, false, ErasureReason::kSubjectRequest});
  catch_up();
  EXPECT_EQ(at(read(target), "/body"), R"({"state":"erased"})");
}

TEST_F(ApiTest, Lists_are_walked_from_either_end_and_an_order_belongs_to_its_cursor) {
  for (const std::string list : {"/v1/topics", "/v1/topics/tram/contributions", "/v1/topics/tram/contributions?kind=opinion"}) {
    const std::string joint = list.find('?') == std::string::npos ? "?" : "&";
    std::vector<std::string> oldest = ids_of(walk(list + joint + "order=oldest", 2));
    const std::vector<std::string> newest = ids_of(walk(list + joint + "order=newest", 2, [this] { story_->add_opinion("Meanwhile."); }));
    EXPECT_EQ(ids_of(walk(list, 3)).front(), oldest.front()) << "the usual order";
    std::reverse(oldest.begin(), oldest.end());
    EXPECT_EQ(newest, oldest) << list;
  }
  EXPECT_EQ(problem("/v1/topics?order=best"), "400 filter_invalid");
  const std::string cursor = text_of(read("/v1/topics?limit=1&order=newest"), "/next");
  EXPECT_EQ(problem("/v1/topics?limit=1&order=oldest&cursor=" + cursor), "400 cursor_invalid");
}

TEST_F(ApiTest, A_forged_foreign_or_mangled_cursor_is_refused) {
  const std::string list = "/v1/topics/tram/contributions?limit=2";
  const std::string cursor = text_of(read(list), "/next");
  EXPECT_EQ(read(list + "&cursor=" + cursor).at("items").as_array().size(), 2u);
  for (const std::string& other :
       {std::string("/v1/topics/budget/contributions?limit=2"), std::string("/v1/topics/tram/contributions?kind=opinion&limit=2"),
        std::string("/v1/topics/tram/results?limit=2"), std::string("/v1/organisations?limit=2")}) {
    EXPECT_EQ(problem(other + "&cursor=" + cursor), "400 cursor_invalid") << other;
  }
  for (const std::string& bad : {std::string(""), std::string("x"), cursor + "A", cursor.substr(1), cursor + "=", std::string(5'000, 'A')}) {
    EXPECT_EQ(problem(list + "&cursor=" + bad), "400 cursor_invalid") << bad;
  }
  const std::string bytes = *from_base64url(cursor);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(problem(list + "&cursor=" + to_base64url(changed)), "400 cursor_invalid") << i;
  }
  EXPECT_EQ(problem(list + "&as_of=1&cursor=" + cursor), "400 cursor_invalid") << "of another moment";
  EXPECT_EQ(get(list + "&as_of=" + std::to_string(head().value) + "&cursor=" + cursor).status, 200);
}

TEST_F(ApiTest, As_of_gives_counts_and_status_of_then) {
  const std::string then = "as_of=" + std::to_string(story_->before_hiding.value);
  const Json topic = read("/v1/topics/tram?" + then);
  EXPECT_EQ(at(topic, "/position"), std::to_string(story_->before_hiding.value));
  EXPECT_EQ(at(topic, "/counts/contributions/opinion"), "3");
  const Json hidden = read("/v1/contributions/" + story_->hidden_opinion.text() + "?" + then);
  EXPECT_EQ(text_of(hidden, "/status"), "pending") << "of then";
  EXPECT_EQ(at(hidden, "/visible"), "false") << "of now";
  EXPECT_EQ(text_of(hidden, "/body/state"), "hidden");
  EXPECT_EQ(at(hidden, "/tally"), R"({"agree":0,"disagree":4,"pass":0})");
  const std::vector<std::string> shown = ids_of(read("/v1/topics/tram/contributions?" + then));
  EXPECT_EQ(std::count(shown.begin(), shown.end(), story_->hidden_opinion.text()), 0);
  EXPECT_EQ(std::count(shown.begin(), shown.end(), story_->restored_opinion.text()), 1);
  // Every position has an answer, and the tally of each is the fold up to it.
  int64_t votes = 0;
  for (uint64_t position = 0; position <= head().value; ++position) {
    const RawResponse response = get("/v1/topics/tram/results?as_of=" + std::to_string(position));
    if (response.status == 404) {
      EXPECT_LT(position, topic.at("launched").at("position").to_number<uint64_t>());
      continue;
    }
    const Json results = boost::json::parse(response.body);
    int64_t sum = 0;
    for (const Json& item : results.at("items").as_array()) {
      for (const auto& choice : item.at("tally").as_object()) sum += choice.value().as_int64();
    }
    EXPECT_EQ(std::to_string(sum), at(results, "/votes")) << position;
    EXPECT_LE(std::abs(sum - votes), 1) << position;
    votes = sum;
  }
  EXPECT_EQ(votes, 7);
}

TEST_F(ApiTest, As_of_takes_a_time_and_names_the_position_it_means) {
  const Json launched = read("/v1/topics/tram").at("launched");
  const std::string time = text_of(launched, "/at");
  const Json then = read("/v1/topics/tram?as_of=" + time);
  EXPECT_EQ(at(then, "/position"), at(launched, "/position"));
  EXPECT_EQ(at(then, "/phases"), "[]");
  const Timestamp before{parse_rfc3339(time)->ms - 1};
  EXPECT_EQ(problem("/v1/topics/tram?as_of=" + to_rfc3339(before)), "404 not_found");
  EXPECT_EQ(at(read("/v1/topics?as_of=1999-12-31T23:59:59Z"), "/position"), "0");
}

TEST_F(ApiTest, The_future_and_nonsense_are_refused) {
  EXPECT_EQ(problem("/v1/topics/tram?as_of=" + std::to_string(head().value + 1)), "400 as_of_future");
  EXPECT_EQ(problem("/v1/topics/tram?as_of=18446744073709551615"), "400 as_of_future");
  EXPECT_EQ(problem("/v1/topics/tram?as_of=" + to_rfc3339({clock_ms_ + 1})), "400 as_of_future");
  EXPECT_EQ(get("/v1/topics/tram?as_of=" + to_rfc3339({clock_ms_})).status, 200);
  for (const char* text : {"", "-1", "yesterday", "2026-02-30T00:00:00Z", "2026-03-01", "18446744073709551616", "1.5"}) {
    EXPECT_EQ(problem(std::string("/v1/topics/tram?as_of=") + text), "400 as_of_invalid") << text;
  }
  // The machine's clock was set back: what is recorded is still no future.
  const int64_t recorded = clock_ms_;
  clock_ms_ -= 3'600'000;
  EXPECT_EQ(get("/v1/topics/tram?as_of=" + to_rfc3339({recorded})).status, 200);
  clock_ms_ = recorded;
}

TEST_F(ApiTest, Min_position_reads_what_was_just_written) {
  for (int i = 0; i < 20; ++i) {
    const ContributionId id = story_->add_opinion("Written just now, number " + std::to_string(i));
    const Json body = read("/v1/contributions/" + id.text() + "?min_position=" + std::to_string(head().value));
    EXPECT_EQ(text_of(body, "/body/text"), "Written just now, number " + std::to_string(i));
  }
  // Events too.
  story_->add_opinion("The last one.");
  const std::string last = std::to_string(head().value);
  EXPECT_EQ(at(read("/v1/events?after=" + std::to_string(head().value - 1) + "&min_position=" + last), "/items/0/position"), last);
}

TEST_F(ApiTest, A_min_position_that_does_not_come_is_503_after_a_bounded_wait) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(problem("/v1/topics/tram?min_position=" + std::to_string(head().value + 1'000)), "503 not_caught_up");
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, std::chrono::milliseconds(1'400));
  EXPECT_LT(took, std::chrono::seconds(6));
}

TEST_F(ApiTest, More_waiters_than_there_is_room_for_are_refused_at_once) {
  const std::string target = "/v1/topics/tram?min_position=" + std::to_string(head().value + 1'000);
  std::mutex mutex;
  std::multiset<std::string> answers;
  std::chrono::steady_clock::duration quickest = std::chrono::hours(1);
  const auto ask = [&] {
    const auto begin = std::chrono::steady_clock::now();
    const std::string answer = problem(target);
    const std::lock_guard lock(mutex);
    answers.insert(answer);
    if (answer == "503 too_many_waiting") quickest = std::min(quickest, std::chrono::steady_clock::now() - begin);
  };
  std::vector<std::jthread> clients;
  for (size_t i = 0; i < kMaxApiWaiters + 3; ++i) clients.emplace_back(ask);
  clients.clear();
  EXPECT_EQ(answers.count("503 not_caught_up"), kMaxApiWaiters);
  EXPECT_EQ(answers.count("503 too_many_waiting"), 3u);
  EXPECT_LT(quickest, std::chrono::milliseconds(1'000));
}

TEST_F(ApiTest, Many_wait_for_what_is_to_come_and_hold_nobody_up) {
  const std::string next = std::to_string(head().value + 1);
  const std::string target = "/v1/topics/tram/activity?order=newest&limit=1&wait=20&min_position=" + next;
  std::vector<RawClient> waiting;
  for (size_t i = 0; i < kMaxApiWaiters; ++i) {
    ASSERT_TRUE(waiting.emplace_back(door_->port()).send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/v1/topics/tram").status, 200) << "while all of them wait";
  story_->add_opinion("Worth waiting for.");
  for (RawClient& client : waiting) {
    const auto answer = client.read_response();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200) << answer->body;
    EXPECT_EQ(answer->header("civic-position"), next);
    EXPECT_NE(answer->body.find("contribution-submitted"), std::string::npos);
  }
}

TEST_F(ApiTest, Who_says_how_long_to_wait_is_then_answered_as_it_is) {
  const std::string next = std::to_string(head().value + 1);
  const RawResponse now = get("/v1/topics/tram");
  const auto begin = std::chrono::steady_clock::now();
  const RawResponse later = get("/v1/topics/tram?wait=1&min_position=" + next, "If-None-Match: " + now.header("etag") + "\r\n");
  EXPECT_EQ(later.status, 304);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(900));
  EXPECT_EQ(get("/v1/topics/tram?wait=0&min_position=" + next).status, 200);
  for (const char* wrong : {"wait=1", "wait=26&min_position=1", "wait=x&min_position=1", "wait=-1&min_position=1"}) {
    EXPECT_EQ(problem(std::string("/v1/topics/tram?") + wrong), "400 wait_invalid") << wrong;
  }
}

TEST_F(ApiTest, Those_who_wait_are_answered_when_the_service_stops) {
  RawClient client(door_->port());
  ASSERT_TRUE(client.send("GET /v1/topics/tram?wait=20&min_position=" + std::to_string(head().value + 1) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto begin = std::chrono::steady_clock::now();
  api_->begin_stop();
  EXPECT_EQ(client.read_response().value().status, 200) << "as it is";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(ApiTest, A_faulted_read_model_is_named_and_nobody_waits_for_it) {
  Views& views = installation_->views();
  const std::optional<GenerationRecord> topics = views.active("topics");
  ASSERT_TRUE(topics);
  views.fault_in_memory(*topics, corrupt("a secret of " + scratch_.path().string()));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(problem("/v1/topics/tram?min_position=" + std::to_string(head().value + 1)), "503 read_model_faulted");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1'000));
  EXPECT_EQ(get("/v1/topics/tram").status, 200) << "what it has is still told, with its position";
  EXPECT_EQ(problem("/readyz"), "503 not_ready");
  const std::string detail = text_of(boost::json::parse(get("/readyz").body), "/detail");
  EXPECT_EQ(detail, "Not ready: the read model topics is faulted at position " + std::to_string(head().value) + ".");
}

TEST_F(ApiTest, A_waiting_request_is_let_go_when_the_service_stops) {
  const auto begin = std::chrono::steady_clock::now();
  std::string answer;
  std::jthread waiter([&] { answer = problem("/v1/topics/tram?min_position=" + std::to_string(head().value + 1'000)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  api_->begin_stop();
  waiter.join();
  EXPECT_EQ(answer, "503 stopping");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1'300));
}

}  // namespace
}  // namespace civiclog
