#pragma once

#include <optional>
#include <string_view>

#include "projections/page.h"
#include "projections/projection.h"
#include "projections/topic_row.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// Topics: phases, rules, ballot box, origin.
//
//   T | topic                       TopicRow
//   I | topic                       ImportRow, of the last import into it
//   s | slug                        index: topic (the first that took the slug)
//   l | position                    index: topic, in order of launching
//   o | organisation | position     index: topic, of one organisation
//   b | box                         index: topic
class TopicsProjection final : public Projection {
 public:
  std::string_view name() const override { return "topics"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

class TopicQueries {
 public:
  static constexpr const char* kProjection = "topics";
  explicit TopicQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  Result<std::optional<TopicRow>> get(TopicId id) const;
  Result<std::optional<TopicRow>> by_slug(std::string_view slug) const;
  Result<std::optional<TopicRow>> by_box(BoxId box) const;
  Result<Page<TopicRow>> list(const PageRequest& request) const;
  Result<Page<TopicRow>> list(OrganisationId organisation, const PageRequest& request) const;
  // nullopt for a topic that was not imported.
  Result<std::optional<ImportRow>> import_of(TopicId id) const;

 private:
  ViewReader reader_;
};

}  // namespace civiclog
