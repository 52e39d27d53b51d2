#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/ballot_row.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// Ballot boxes: the matrix of voters and contributions, a voter's own choices, how many voted. Private unless the
// box's rules say otherwise: a row names a tag, what it chose and when. Callers decide who may see what; this layer
// does not.
//
//   B | box | tag | contribution    BallotRow; erased when withdrawn
//   V | box | tag                   VoterRow
//   N | box                         BoxCounts
class BallotsProjection final : public Projection {
 public:
  std::string_view name() const override { return "ballots"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

struct Ballot {
  Tag tag;
  ContributionId contribution;
  BallotRow row;
};

// Called with each cell; false ends the walk.
using VisitBallot = std::function<bool(const Ballot&)>;

inline constexpr size_t kMaxChoicesOfOneVoter = 100'000;

class BallotQueries {
 public:
  static constexpr const char* kProjection = "ballots";
  explicit BallotQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  // nullopt for a box that was not open yet.
  Result<std::optional<BoxCounts>> counts(BoxId box) const;
  Result<std::optional<VoterRow>> voter(BoxId box, Tag tag) const;
  Result<std::optional<BallotRow>> choice(BoxId box, Tag tag, ContributionId contribution) const;
  // A voter's choices that stand, by contribution id. kUnavailable above kMaxChoicesOfOneVoter.
  Result<std::vector<Ballot>> choices(BoxId box, Tag tag) const;
  // Every choice of the box that stands, by tag and then contribution id, in constant memory.
  Status matrix(BoxId box, const VisitBallot& visit) const;

 private:
  Status walk(const std::string& prefix, const VisitBallot& visit) const;

  ViewReader reader_;
};

}  // namespace civiclog
