#pragma once

#include <optional>
#include <string_view>

#include "projections/contribution_row.h"
#include "projections/page.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// Contributions of all kinds, their tallies, and how many of each kind a topic shows. Moderation changes what is
// visible, never a tally. Tallies of an embargoed box are for the caller to keep back until it opens.
//
//   C | contribution             ContributionRow
//   T | contribution             TallyRow
//   N | topic                    ContributionCounts
//   l | topic | position         index: contribution, in order of submission
//   x | topic | source id        index: contribution (the first with that id)
class ContributionsProjection final : public Projection {
 public:
  std::string_view name() const override { return "contributions"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

struct ContributionItem {
  ContributionRow row;
  TallyRow tally;
  bool visible_now = false;  // By today's status, whatever as_of says: what is hidden today is not shown as of yesterday.
};

struct ContributionFilter {
  std::optional<ContributionKind> kind;
  std::optional<ItemStatus> status;  // As of the position asked for.
  bool only_visible_now = false;
};

class ContributionQueries {
 public:
  static constexpr const char* kProjection = "contributions";
  explicit ContributionQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  Result<std::optional<ContributionItem>> get(ContributionId id) const;
  Result<std::optional<ContributionItem>> by_source_id(TopicId topic, std::string_view source_id) const;
  Result<Page<ContributionItem>> list(TopicId topic, const PageRequest& request, const ContributionFilter& filter = {}) const;
  // Zeros for a contribution or topic that has none.
  Result<TallyRow> tally(ContributionId id) const;
  Result<ContributionCounts> counts(TopicId topic) const;

 private:
  Result<ContributionItem> item(ContributionRow row) const;

  ViewReader reader_;
};

}  // namespace civiclog
