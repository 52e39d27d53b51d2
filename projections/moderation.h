#pragma once

#include <optional>

#include "projections/moderation_row.h"
#include "projections/page.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// Moderation cases: what was flagged, what was decided, on what ground and under which policy.
//
//   K | case                                     CaseRow
//   f | case | position                          FlagRow
//   d | case | position                          DecisionRow
//   l | topic | position                         index: case, in order of opening
//   t | contribution | comment | position        index: case about that target (comment nil: the contribution itself)
class ModerationProjection final : public Projection {
 public:
  std::string_view name() const override { return "moderation"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

class ModerationQueries {
 public:
  static constexpr const char* kProjection = "moderation";
  explicit ModerationQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  Result<std::optional<CaseRow>> get(CaseId id) const;
  Result<Page<CaseRow>> list(TopicId topic, const PageRequest& request) const;
  Result<Page<CaseRow>> about(ContributionId contribution, CommentId comment, const PageRequest& request) const;
  Result<Page<FlagRow>> flags(CaseId id, const PageRequest& request) const;
  Result<Page<DecisionRow>> decisions(CaseId id, const PageRequest& request) const;

 private:
  ViewReader reader_;
};

}  // namespace civiclog
