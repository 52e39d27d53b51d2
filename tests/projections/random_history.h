#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "tests/projections/fixture.h"

namespace civiclog {

// Histories such as our deciders could write: what they refer to exists, ballots follow from what was chosen before.
// Every event type occurs. The same seed gives the same history.
class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : random_(seed) {}
  std::vector<Happening> make(size_t events);

 private:
  struct Topic {
    TopicId id;
    size_t phases = 0;
    std::vector<BoxId> boxes;
    std::vector<ContributionId> contributions;
  };
  struct Comment {
    CommentId id;
    TopicId topic;
    ContributionId target;
    uint8_t depth;
  };

  uint64_t below(uint64_t limit) { return random_() % limit; }
  Uuid fresh();
  WordRef fresh_word();
  Actor somebody();
  template <typename T>
  const T& pick(const std::vector<T>& all) { return all[below(all.size())]; }

  Happening step();
  Happening organisation_event();
  Happening participant_event();
  Happening topic_event();
  Happening contribution_event();
  Happening comment_event();
  Happening ballot_event();
  Happening case_event();
  Happening joined();
  Happening launched();
  Happening submitted(Topic& topic);

  std::mt19937_64 random_;
  std::vector<OrganisationId> organisations_;
  std::vector<ParticipantId> participants_;
  std::vector<Topic> topics_;
  std::vector<Comment> comments_;
  std::map<ContributionId, uint32_t> versions_;
  std::vector<CaseId> cases_;
  std::map<CaseId, ModerationTarget> targets_;
  std::vector<Tag> tags_;
  std::map<std::tuple<BoxId, Tag, ContributionId>, Choice> choices_;
};

// Any event types about anything, on any stream: nothing fits together. What a projection must survive.
std::vector<Happening> wild_history(uint64_t seed, size_t events);

}  // namespace civiclog
