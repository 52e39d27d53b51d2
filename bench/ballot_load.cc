#include "bench/ballot_load.h"

#include <fmt/format.h>

namespace civiclog {
namespace {

constexpr size_t kVoters = 1'000;
constexpr size_t kTopics = 50;
constexpr size_t kContributionsOfTopic = 20;

}  // namespace

BallotLoad::BallotLoad(const Bench& bench) {
  for (const ParticipantId voter : town_.settle_people(bench.of(kVoters, 50))) tokens_.push_back(service_.token(voter));
  const ParticipantId author = town_.settle_people(1).front();
  hot_ = town_.submit_opinion(author, town_.open_topic("hot"), "A stop at the school.");
  for (size_t t = 0; t < bench.of(kTopics, 5); ++t) {
    const TopicId topic = town_.open_topic(fmt::format("topic-{}", t));
    for (size_t i = 0; i < kContributionsOfTopic; ++i) {
      spread_.push_back(town_.submit_opinion(author, topic, fmt::format("Idea {} of topic {}.", i, t)));
    }
  }
  town_.settle();
  service_.catch_up();
}

std::vector<std::string> BallotLoad::requests(const std::vector<ContributionId>& on, size_t count) {
  static constexpr const char* kChoices[] = {"agree", "disagree", "pass"};
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i) {
    const ContributionId contribution = on[random_() % on.size()];
    const std::string body = fmt::format(R"({{"choice":"{}","version":1}})", kChoices[random_() % 3]);
    out.push_back(fmt::format("PUT /v1/contributions/{}/ballot HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n"
                              "Idempotency-Key: vote-{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                              contribution.text(), tokens_[i % tokens_.size()], ++votes_, body.size(), body));
  }
  return out;
}

}  // namespace civiclog
