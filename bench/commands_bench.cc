#include <random>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/measure.h"
#include "bench/town.h"
#include "bench/write_load.h"
#include "installation/installation.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

constexpr size_t kVoters = 5'000;
constexpr size_t kTopics = 50;
constexpr size_t kContributionsOfTopic = 20;

// Votes through the command handler: decided, their tags made with the vault, and durable. Nothing follows the log meanwhile.
class CommandsBench {
 public:
  explicit CommandsBench(const Bench& bench) {
    Result<DataDirectory> directory = DataDirectory::create(scratch_.path() / "data");
    CHECK(directory.has_value());
    Result<std::unique_ptr<Installation>> installation = Installation::open(*directory);
    CHECK(installation.has_value());
    installation_ = std::move(*installation);
    Town town(installation_->commands());
    voters_ = town.settle_people(bench.of(kVoters, 50));
    hot_ = town.submit_opinion(voters_.front(), town.open_topic("hot"), "A stop at the school.");
    for (size_t t = 0; t < bench.of(kTopics, 5); ++t) {
      const TopicId topic = town.open_topic(fmt::format("topic-{}", t));
      for (size_t i = 0; i < kContributionsOfTopic; ++i) {
        spread_.push_back(town.submit_opinion(voters_.front(), topic, fmt::format("Idea {} of topic {}.", i, t)));
      }
    }
  }

  Send prepare(Shape shape, size_t total) {
    requests_.clear();
    for (size_t i = 0; i < total; ++i) {
      const ContributionId contribution = shape == Shape::kHot ? hot_ : spread_[random_() % spread_.size()];
      const ParticipantId voter = shape == Shape::kHot ? voters_[i % voters_.size()] : voters_[random_() % voters_.size()];
      requests_.push_back({command_id_of("commands bench", std::to_string(++votes_)), issued_by(voter),
                           CastBallot{contribution, 1, static_cast<Choice>(1 + random_() % 3)}, {}, {}});
    }
    return [this](size_t number, Answered answered) {
      installation_->commands().submit(std::move(requests_[number]), [answered = std::move(answered)](const Result<Appended>& done) {
        CHECK(done.has_value() && !done->repeated);
        answered();
      });
    };
  }

 private:
  std::mt19937 random_{1};
  ScratchDirectory scratch_;
  std::unique_ptr<Installation> installation_;
  std::vector<ParticipantId> voters_;
  ContributionId hot_;
  std::vector<ContributionId> spread_;
  std::vector<CommandRequest> requests_;
  size_t votes_ = 0;
};

}  // namespace

void measure_commands(Bench& bench) {
  CommandsBench commands(bench);
  measure_write_load(bench, [&](Shape shape, size_t total) { return commands.prepare(shape, total); });
}

}  // namespace civiclog
