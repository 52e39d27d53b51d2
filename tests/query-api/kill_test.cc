#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <thread>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/query-api/civicd_process.h"
#include "tests/query-api/load_client.h"
#include "tests/query-api/load_record.h"
#include "tests/support/scratch_directory.h"

// kill -9 of civicd at random moments, while it starts and under the load of many clients, who repeat with the same key what got
// no answer. CIVICLOG_KILL_CYCLES says how often; every kCyclesPerRecord a new record is begun, so that any number ends.

namespace civiclog {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr int kCycles = 50;
constexpr int kCyclesPerRecord = 50;
constexpr int kThoroughEvery = 10;
constexpr size_t kClients = 32;
constexpr uint64_t kMostActs = 600;  // Answered between two kills.
constexpr int kMaxAsked = 15;        // For an answer of read models that are behind.
constexpr auto kLongestLoad = 10s;   // On a machine too slow for that.

int cycles() {
  const char* asked = std::getenv("CIVICLOG_KILL_CYCLES");
  return asked != nullptr ? std::max(1, std::atoi(asked)) : kCycles;
}

uint32_t seed() {
  const char* asked = std::getenv("CIVICLOG_KILL_SEED");
  return asked != nullptr ? static_cast<uint32_t>(std::strtoul(asked, nullptr, 10)) : std::random_device{}();
}

// What a run must have met, or it has shown nothing.
struct Met {
  uint64_t killed_while_starting = 0;
  uint64_t killed_under_load = 0;
  uint64_t words_without_commit = 0;
  uint64_t acknowledged = 0;
  uint64_t rejected = 0;
  uint64_t repeated = 0;
  uint64_t cut = 0;
  uint64_t found_committed = 0;
  uint64_t found_uncommitted = 0;

  void add(const LoadCounts& counts) {
    acknowledged += counts.acknowledged;
    rejected += counts.rejected;
    repeated += counts.repeated;
    cut += counts.cut;
    found_committed += counts.found_committed;
    found_uncommitted += counts.found_uncommitted;
  }
};

std::ostream& operator<<(std::ostream& out, const Met& met) {
  return out << met.killed_while_starting << " killed while starting, " << met.killed_under_load << " under load; " << met.acknowledged
             << " acts acknowledged, " << met.rejected << " rejected, " << met.repeated << " repeated; " << met.cut << " cut, of these "
             << met.found_committed << " found committed and " << met.found_uncommitted << " not; " << met.words_without_commit
             << " words without a commit";
}

// One data directory with its civicd, its clients, and what they know.
class Record {
 public:
  explicit Record(uint32_t seed) : random_(seed) {
    start();
    town_ = std::make_unique<LoadTown>(data());
    town_->found(port_);
    for (size_t i = 0; i < kClients; ++i) clients_.push_back(std::make_unique<LoadClient>(*town_, i, static_cast<uint32_t>(random_())));
    kill();
  }

  std::filesystem::path data() const { return scratch_.path() / "data"; }
  Civicd& civicd() { return *civicd_; }
  LoadTown& town() { return *town_; }
  uint64_t committed_up_to() const { return town_->head_at_start(); }

  void start() {
    const auto begun = std::chrono::steady_clock::now();
    launch();
    port_ = civicd_->port();
    ASSERT_NE(port_, 0) << civicd_->error();
    start_time_ = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begun);
    if (!town_) return;
    const uint64_t head = read("/v1/head").at("position").to_number<uint64_t>();
    uint64_t acknowledged = 0;
    for (const auto& client : clients_) acknowledged = std::max(acknowledged, client->last_position());
    EXPECT_GE(head, acknowledged) << "what was acknowledged is lost";
    town_->set_head_at_start(head);
  }

  void kill() {
    civicd_->signal(SIGKILL);
    EXPECT_EQ(civicd_->wait(), 1'000 + SIGKILL) << civicd_->error();
  }

  // Whether it was killed before it said that it is ready.
  bool kill_while_starting() {
    launch();
    std::this_thread::sleep_for(random_time(start_time_ + 10ms));
    kill();
    return civicd_->out().empty();
  }

  // Before or in the first flush when `acts` is 0.
  void kill_under_load(uint64_t acts) {
    start();
    if (testing::Test::HasFailure()) return;
    run_load([this, acts] {
      wait_for_acts(acts);
      kill();
    });
  }

  // Until so many more acts were answered, however fast the machine is, and then some moment more.
  void wait_for_acts(uint64_t acts) {
    const LoadCounts& counts = town_->counts();
    const uint64_t goal = counts.acknowledged + counts.repeated + acts;
    const auto deadline = std::chrono::steady_clock::now() + kLongestLoad;
    while (counts.acknowledged + counts.repeated < goal && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(random_time(15ms));
  }

  // `end` must end civicd, or the clients go on for ever.
  template <typename End>
  void run_load(End end) {
    std::vector<std::jthread> threads;
    for (const auto& client : clients_) threads.emplace_back([&client, port = port_] { client->act_until_cut(port); });
    end();
  }

  // Everybody gets their answers; then the service must show what these add up to.
  void settle() {
    std::vector<std::jthread> threads;
    for (const auto& client : clients_) threads.emplace_back([&client, port = port_] { client->settle(port); });
    threads.clear();
    const uint64_t head = read("/v1/head").at("position").to_number<uint64_t>();
    check_results(head);
    for (const auto& client : clients_) client->check_own_choices(port_, head);
  }

  // After settle() and the end of civicd. The tools see the directory as the kill has left it.
  size_t check() {
    for (const std::string verb : {"verify", "compare"}) {
      ChildProcess tool(scratch_.path(), CIVIC_REPLAY_PATH, {verb, "--data", data().string(), "--json"});
      EXPECT_EQ(tool.wait(120s), 0) << verb << ": " << tool.out() << tool.error();
    }
    ExpectedCommands expected;
    expect_commands(expected, town_->founded());
    for (const auto& client : clients_) expect_commands(expected, client->acknowledged());
    return check_record(data(), expected);
  }

  microseconds random_time(microseconds at_most) { return microseconds(random_() % static_cast<uint64_t>(at_most.count())); }
  uint64_t random() { return random_(); }

 private:
  void launch() {
    civicd_.emplace(scratch_.path(), std::vector<std::string>{"--data", data().string(), "--listen", "127.0.0.1:0", "--subject-rate",
                                                              "100000", "--address-rate", "100000"});
  }

  boost::json::value read(const std::string& target) {
    RawClient client(port_);
    std::optional<RawResponse> response;
    for (int asked = 0; asked < kMaxAsked && (!response || response->status == 503); ++asked) {
      client.send(town_->get_request(target));
      response = client.read_response();
    }
    EXPECT_TRUE(response && response->status == 200) << target << (response ? response->body : " is not answered");
    return response ? boost::json::parse(response->body) : boost::json::value();
  }

  void check_results(uint64_t head) {
    std::map<std::string, std::map<std::string, int64_t>> expected;
    int64_t votes = 0;
    int64_t voters = 0;
    for (const auto& client : clients_) {
      for (const auto& [contribution, choice] : client->choices()) ++expected[contribution][choice];
      votes += static_cast<int64_t>(client->choices().size());
      voters += client->choices().empty() ? 0 : 1;
    }
    std::string page = std::string(LoadTown::kTopicPath) + "/results?limit=200&min_position=" + std::to_string(head);
    for (std::string next = page; !next.empty();) {
      const boost::json::value results = read(next);
      if (!results.is_object()) return;
      EXPECT_EQ(results.at("votes"), votes);
      EXPECT_EQ(results.at("voters"), voters);
      for (const boost::json::value& item : results.at("items").as_array()) {
        std::map<std::string, int64_t>& tally = expected[std::string(item.at("id").as_string())];
        for (const char* choice : {"agree", "disagree", "pass"}) {
          EXPECT_EQ(item.at("tally").at(choice), tally[choice]) << item;
          tally.erase(choice);
        }
      }
      next = results.at("next").is_null() ? std::string() : page + "&cursor=" + std::string(results.at("next").as_string());
    }
    for (const auto& [contribution, tally] : expected) EXPECT_TRUE(tally.empty()) << contribution << " has votes and is not in the results";
  }

  ScratchDirectory scratch_;
  std::mt19937 random_;
  std::optional<Civicd> civicd_;
  uint16_t port_ = 0;
  microseconds start_time_{};
  std::unique_ptr<LoadTown> town_;
  std::vector<std::unique_ptr<LoadClient>> clients_;
};

void run_cycle(Record& record, int cycle, Met& met) {
  if (cycle % kThoroughEvery == kThoroughEvery - 1) {
    record.start();
    if (testing::Test::HasFailure()) return;
    record.settle();
    record.kill();
    met.words_without_commit += record.check();
    return;
  }
  const uint64_t dice = record.random() % 10;
  if (dice < 2) {
    met.killed_while_starting += record.kill_while_starting() ? 1 : 0;
    return;
  }
  record.kill_under_load(dice < 4 ? 0 : record.random() % kMostActs);
  ++met.killed_under_load;
}

TEST(Kill, After_kill_9_of_civicd_under_load_every_answered_act_is_there_once_and_a_retry_gets_the_same_answer) {
  const uint32_t started_with = seed();
  SCOPED_TRACE(testing::Message() << "CIVICLOG_KILL_SEED=" << started_with);
  std::cout << "seed " << started_with << std::endl;
  Met met;
  for (int done = 0; done < cycles() && !HasFailure(); done += kCyclesPerRecord) {
    Record record(started_with + static_cast<uint32_t>(done));
    const int wanted = std::min(kCyclesPerRecord, cycles() - done);
    for (int cycle = 0; cycle < wanted && !HasFailure(); ++cycle) run_cycle(record, cycle, met);
    if (HasFailure()) break;
    record.start();
    if (HasFailure()) break;
    record.settle();
    record.civicd().signal(SIGTERM);
    EXPECT_EQ(record.civicd().wait(), 0) << record.civicd().error();
    met.words_without_commit += record.check();
    met.add(record.town().counts());
  }
  std::cout << met << std::endl;
  if (HasFailure() || cycles() < kCycles) return;
  EXPECT_GT(met.killed_while_starting, 0u);
  EXPECT_GT(met.killed_under_load, 0u);
  EXPECT_GT(met.acknowledged, static_cast<uint64_t>(cycles()) * 10);
  EXPECT_GT(met.found_committed, 0u) << "no kill came between a commit and its answer";
  EXPECT_GT(met.found_uncommitted, 0u) << "no kill came before the commit of an act under way";
  EXPECT_GT(met.words_without_commit, 0u) << "no kill came between the words and their commit";
}

TEST(Kill, SIGTERM_under_load_loses_nothing_leaves_nothing_without_its_answer_and_exits_0) {
  const uint32_t started_with = seed();
  SCOPED_TRACE(testing::Message() << "CIVICLOG_KILL_SEED=" << started_with);
  Record record(started_with);
  std::filesystem::path beside = record.data().parent_path() / "second";
  std::filesystem::create_directory(beside);
  for (int cycle = 0; cycle < 4 && !HasFailure(); ++cycle) {
    record.start();
    if (HasFailure()) return;
    record.run_load([&] {
      record.wait_for_acts(200);
      if (cycle == 0) {
        Civicd second(beside, {"--data", record.data().string(), "--listen", "127.0.0.1:0"});
        EXPECT_EQ(second.wait(), 1);
        EXPECT_NE(second.error().find("in use by another process"), std::string::npos) << second.error();
      }
      record.civicd().signal(SIGTERM);
      EXPECT_EQ(record.civicd().wait(), 0) << record.civicd().error();
    });
  }
  record.start();
  if (HasFailure()) return;
  record.settle();
  record.kill();
  EXPECT_EQ(record.check(), 0u) << "words without a commit";
  EXPECT_EQ(record.town().counts().found_committed, 0u) << "acts were committed and their clients not told";
  EXPECT_GT(record.town().counts().acknowledged, 4 * kClients);
}

}  // namespace
}  // namespace civiclog
