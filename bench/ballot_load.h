#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/service.h"
#include "bench/town.h"

// A service with voters who hold tokens, one hot contribution and a thousand others in fifty topics, and the requests of votes on
// them, each with a key of its own. One thread.

namespace civiclog {

class BallotLoad {
 public:
  static constexpr size_t kConnections = 128;

  explicit BallotLoad(const Bench& bench);

  Service& service() { return service_; }
  uint32_t seed() const { return seed_; }
  // Votes, as HTTP requests: all on one contribution, or spread over all others.
  std::vector<std::string> on_hot(size_t count) { return requests({hot_}, count); }
  std::vector<std::string> on_all(size_t count) { return requests(spread_, count); }

 private:
  std::vector<std::string> requests(const std::vector<ContributionId>& on, size_t count);

  const uint32_t seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  Service service_;
  Town town_{service_.installation().commands()};
  std::vector<std::string> tokens_;
  ContributionId hot_;
  std::vector<ContributionId> spread_;
  size_t votes_ = 0;
};

}  // namespace civiclog
