#pragma once

#include <cstdint>
#include <tuple>

#include "projections/moment.h"

namespace civiclog {

// One cell of a box's matrix: what one voter now says about one contribution.
struct BallotRow {
  Choice choice = Choice::kPass;
  uint32_t contribution_version = 0;  // The version the last act was about.
  Position first;                     // When this voter first chose here (again, after withdrawing).
  Moment last;                        // The last act: casting, changing or reaffirming.

  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.choice, row.contribution_version, row.first, row.last); }
  friend bool operator==(const BallotRow&, const BallotRow&) = default;
};

// One voter in one box. `current` is how many choices stand.
struct VoterRow {
  uint32_t current = 0;
  uint32_t cast = 0;
  uint32_t changed = 0;
  uint32_t reaffirmed = 0;
  uint32_t withdrawn = 0;
  Position first;
  Position position;

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.current, row.cast, row.changed, row.reaffirmed, row.withdrawn, row.first, row.position);
  }
  friend bool operator==(const VoterRow&, const VoterRow&) = default;
};

struct BoxCounts {
  TopicId topic;
  uint64_t voters = 0;      // Tags with at least one choice that stands.
  uint64_t votes = 0;       // Choices that stand.
  uint64_t cast = 0;        // Acts.
  uint64_t changed = 0;
  uint64_t reaffirmed = 0;
  uint64_t withdrawn = 0;
  Position position;        // The last act; the opening of the box when there was none.

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.topic, row.voters, row.votes, row.cast, row.changed, row.reaffirmed, row.withdrawn, row.position);
  }
  friend bool operator==(const BoxCounts&, const BoxCounts&) = default;
};

}  // namespace civiclog
