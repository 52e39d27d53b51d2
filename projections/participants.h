#pragma once

#include <optional>
#include <string_view>

#include "projections/page.h"
#include "projections/participant_row.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// Participants, and the record of erasures.
//
//   P | participant      ParticipantRow
//   l | position         index: participant, in order of joining
//   x | source id        index: participant (the first with that id)
//   e | position         ErasureRow
class ParticipantsProjection final : public Projection {
 public:
  std::string_view name() const override { return "participants"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

class ParticipantQueries {
 public:
  static constexpr const char* kProjection = "participants";
  explicit ParticipantQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  Result<std::optional<ParticipantRow>> get(ParticipantId id) const;
  Result<std::optional<ParticipantRow>> by_source_id(std::string_view source_id) const;
  Result<Page<ParticipantRow>> list(const PageRequest& request) const;
  Result<Page<ErasureRow>> erasures(const PageRequest& request) const;

 private:
  ViewReader reader_;
};

}  // namespace civiclog
