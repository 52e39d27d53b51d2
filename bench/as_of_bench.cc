#include <functional>
#include <random>

#include <fmt/format.h>

#include "bench/measure.h"
#include "bench/service.h"
#include "bench/town.h"

namespace civiclog {
namespace {

constexpr size_t kConnections = 16;
constexpr size_t kPeople = 200;
constexpr size_t kContributions = 1'000;
constexpr size_t kVotesOnEach = 20;
constexpr size_t kAddresses = 5'000;  // More than the service keeps answers.

using Targets = std::function<std::string()>;

class AsOfBench {
 public:
  explicit AsOfBench(const Bench& bench) : bench_(bench), contributions_(bench.of(kContributions, 60)) {
    Town town(service_.installation().commands());
    const std::vector<ParticipantId> people = town.settle_people(bench.of(kPeople, 30));
    topic_ = town.open_topic("tram");
    for (size_t i = 0; i < contributions_.size(); ++i) {
      contributions_[i] = town.submit_opinion(people[i % people.size()], topic_, fmt::format("A stop at number {} of Mill Road.", i));
    }
    town.settle();
    begun_ = service_.installation().log().head().value;
    for (size_t i = 0; i < contributions_.size() * kVotesOnEach; ++i) {
      town.vote(people[(i * 7 + i / contributions_.size()) % people.size()], contributions_[i % contributions_.size()],
                static_cast<Choice>(1 + i % 3));
    }
    town.settle();
    service_.catch_up();
    head_ = service_.installation().log().head().value;
  }

  void one() {
    compare("one contribution with its tally", bench_.of(40'000, 200),
            [this] { return "/v1/contributions/" + contributions_[random_() % contributions_.size()].text() + "?"; });
  }
  void list() {
    compare("50 contributions of a topic", bench_.of(1'500, 50),
            [this] { return fmt::format("/v1/topics/{}/contributions?limit=50&", topic_.text()); });
  }
  void results() {
    compare("50 results of a topic", bench_.of(1'500, 50), [this] { return fmt::format("/v1/topics/{}/results?limit=50&", topic_.text()); });
  }

 private:
  std::vector<std::string> requests(const Targets& targets, const Targets& parameter) {
    std::vector<std::string> out;
    for (size_t i = 0; i < bench_.of(kAddresses, 100); ++i) out.push_back(get_request(targets() + parameter()));
    return out;
  }

  // What waits for a position is never kept, so with it the latest is made anew each time, as the past is by its many addresses.
  void compare(std::string_view what, size_t total, const Targets& targets) {
    Rounds latest, kept, past;
    for (size_t round = 0; round < bench_.rounds(); ++round) {
      latest.push_back(rate(requests(targets, [] { return "min_position=1"; }), total));
      kept.push_back(rate(requests(targets, [] { return ""; }), total));
      past.push_back(rate(requests(targets, [this] { return fmt::format("as_of={}", begun_ + random_() % (head_ - begun_)); }), total));
    }
    print_rate(fmt::format("{}, latest, made anew", what), latest);
    print_rate(fmt::format("{}, latest, as kept", what), kept);
    print_rate(fmt::format("{}, as of a random position", what), past);
    print_ratio(fmt::format("{}: time as of / latest made anew", what), ratio_of(latest, past));
    print_ratio(fmt::format("{}: time as of / latest as kept", what), ratio_of(kept, past));
  }

  double rate(const std::vector<std::string>& requests, size_t total) { return rate_of(service_.port(), requests, kConnections, total); }

  const Bench& bench_;
  std::mt19937_64 random_{1};
  Service service_;
  TopicId topic_;
  std::vector<ContributionId> contributions_;
  uint64_t begun_ = 0;
  uint64_t head_ = 0;
};

}  // namespace

void measure_as_of(Bench& bench) {
  AsOfBench as_of(bench);
  as_of.one();
  as_of.list();
  as_of.results();
}

}  // namespace civiclog
