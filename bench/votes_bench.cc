#include <cstdio>
#include <random>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/load_client.h"
#include "bench/measure.h"
#include "bench/padded_flush.h"
#include "bench/service.h"
#include "bench/town.h"

namespace civiclog {
namespace {

constexpr size_t kConnections = 128;
constexpr size_t kVoters = 1'000;
constexpr size_t kTopics = 50;
constexpr size_t kContributionsOfTopic = 20;
constexpr size_t kVotes = 30'000;
constexpr size_t kRounds = 3;
constexpr std::chrono::microseconds kFlush{1'000};

struct Ballots {
  std::string title;
  std::vector<ContributionId> contributions;
  std::vector<double> rates;
};

class VotesBench {
 public:
  VotesBench() {
    for (const ParticipantId voter : town_.settle_people(kVoters)) tokens_.push_back(service_.token(voter));
    const ParticipantId author = town_.settle_people(1).front();
    hot_.contributions.push_back(town_.submit_opinion(author, town_.open_topic("hot"), "A stop at the school."));
    for (size_t t = 0; t < kTopics; ++t) {
      const TopicId topic = town_.open_topic(fmt::format("topic-{}", t));
      for (size_t i = 0; i < kContributionsOfTopic; ++i) {
        spread_.contributions.push_back(town_.submit_opinion(author, topic, fmt::format("Idea {} of topic {}.", i, t)));
      }
    }
    town_.settle();
    service_.catch_up();
  }

  void run() {
    fmt::print("| votes, seed | {} |\n", seed_);
    round("raw flush, ", hot_);  // Also warms up.
    round("raw flush, ", spread_);
    hot_.rates.clear();
    spread_.rates.clear();
    pad_flushes_to(kFlush);
    for (size_t i = 0; i < kRounds; ++i) {
      round("flush of 1 ms, ", hot_);
      round("flush of 1 ms, ", spread_);
    }
    pad_flushes_to(std::chrono::microseconds(0));
    fmt::print("| votes, flush of 1 ms, one hot topic | {:.0f}/s |\n", median(hot_.rates));
    fmt::print("| votes, flush of 1 ms, spread | {:.0f}/s |\n", median(spread_.rates));
    fmt::print("| hot / spread | {:.2f} |\n", median(hot_.rates) / median(spread_.rates));
  }

 private:
  std::vector<std::string> requests(const Ballots& ballots) {
    static constexpr const char* kChoices[] = {"agree", "disagree", "pass"};
    std::vector<std::string> out;
    for (size_t i = 0; i < kVotes; ++i) {
      const ContributionId contribution = ballots.contributions[random_() % ballots.contributions.size()];
      const std::string body = fmt::format(R"({{"choice":"{}","version":1}})", kChoices[random_() % 3]);
      out.push_back(fmt::format("PUT /v1/contributions/{}/ballot HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n"
                                "Idempotency-Key: vote-{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                contribution.text(), tokens_[i % kVoters], ++votes_, body.size(), body));
    }
    return out;
  }

  void round(std::string_view flush, Ballots& ballots) {
    const std::vector<std::string> asked = requests(ballots);
    const RocksLogStats before = service_.installation().log().stats();
    const Result<LoadReport> report = run_load(service_.port(), kConnections, asked, asked.size());
    CHECK(report.has_value());
    if (report->refused > 0) fmt::print(stderr, "refused: {}\n", report->first_refusal);
    CHECK(report->refused == 0);
    const RocksLogStats after = service_.installation().log().stats();
    CHECK(after.commits - before.commits == asked.size());
    ballots.rates.push_back(report->rate());
    fmt::print("|   {}{} | {:.0f}/s, p50 {:.1f} ms, p99 {:.1f} ms, {:.0f} votes per flush |\n", flush, ballots.title, report->rate(),
               report->milliseconds_at(0.5), report->milliseconds_at(0.99),
               static_cast<double>(asked.size()) / static_cast<double>(after.flushes - before.flushes));
    std::fflush(stdout);
    service_.catch_up();
  }

  const uint32_t seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  Service service_;
  Town town_{service_.installation().commands()};
  std::vector<std::string> tokens_;
  Ballots hot_{"one hot contribution", {}, {}};
  Ballots spread_{"spread over 1,000 in 50 topics", {}, {}};
  size_t votes_ = 0;
};

}  // namespace

void measure_votes() { VotesBench().run(); }

}  // namespace civiclog
