#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "projections/moment.h"

namespace civiclog {

struct OrganisationRow {
  OrganisationId id;
  std::string slug;
  WordId name;
  Moment registered;
  Position changed;  // The last event of the organisation itself, roles included.

  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.id, row.slug, row.name, row.registered, row.changed); }
  friend bool operator==(const OrganisationRow&, const OrganisationRow&) = default;
};

struct HeldRole {
  Role role = Role::kNobody;
  Position since;

  template <typename Self>
  static auto fields(Self& held) { return std::tie(held.role, held.since); }
  friend bool operator==(const HeldRole&, const HeldRole&) = default;
};

// What one participant may do in one organisation.
struct RoleRow {
  OrganisationId organisation;
  ParticipantId participant;
  std::vector<HeldRole> roles;  // In the order of granting, each once; empty when all were revoked.
  Position changed;

  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.organisation, row.participant, row.roles, row.changed); }
  friend bool operator==(const RoleRow&, const RoleRow&) = default;
};

}  // namespace civiclog
