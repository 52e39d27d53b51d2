#pragma once

#include <optional>
#include <string_view>

#include "projections/organisation_row.h"
#include "projections/page.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// Organisations and who holds which role in them.
//
//   O | organisation                  OrganisationRow
//   R | organisation | participant    RoleRow
//   s | slug                          index: organisation (the first that took the slug)
//   l | position                      index: organisation, in order of registration
class OrganisationsProjection final : public Projection {
 public:
  std::string_view name() const override { return "organisations"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

class OrganisationQueries {
 public:
  static constexpr const char* kProjection = "organisations";
  explicit OrganisationQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  Result<std::optional<OrganisationRow>> get(OrganisationId id) const;
  Result<std::optional<OrganisationRow>> by_slug(std::string_view slug) const;
  Result<Page<OrganisationRow>> list(const PageRequest& request) const;

  Result<std::optional<RoleRow>> roles(OrganisationId organisation, ParticipantId participant) const;
  // Everybody who holds a role, by participant id. `after` and `next` are a participant's 16 bytes; newest_first
  // means nothing here.
  Result<Page<RoleRow>> roles(OrganisationId organisation, const PageRequest& request) const;

 private:
  ViewReader reader_;
};

}  // namespace civiclog
