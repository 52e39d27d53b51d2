#pragma once

#include "projections/activity_row.h"
#include "projections/page.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// The feeds: everything that happened, governance of the process included (phases moved, rules changed, roles given,
// moderation), who, when and why. Only ballots are left out, in every secrecy mode: their order and time
// alone name people, and the box's counts say what there is to say. Nothing is ever taken out of a feed; what a line is
// about may be hidden today, and the caller shows it accordingly.
//
//   g | position                    ActivityRow: the whole installation
//   a | topic | position            index: in the feed of a topic (empty value)
//   o | organisation | position     index: in the feed of an organisation, its topics' lines included (empty value)
//   t | topic                       index: the topic's organisation
class ActivityProjection final : public Projection {
 public:
  std::string_view name() const override { return "activity"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

class ActivityQueries {
 public:
  static constexpr const char* kProjection = "activity";
  explicit ActivityQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  Result<Page<ActivityRow>> of_everything(const PageRequest& request) const;
  Result<Page<ActivityRow>> of_topic(TopicId topic, const PageRequest& request) const;
  Result<Page<ActivityRow>> of_organisation(OrganisationId organisation, const PageRequest& request) const;

 private:
  Result<Page<ActivityRow>> page(std::string_view prefix, const PageRequest& request) const;

  ViewReader reader_;
};

}  // namespace civiclog
