#pragma once

#include <map>
#include <set>
#include <string>

#include "base/result.h"
#include "commands/command.h"
#include "commands/fact.h"

// Organisations and the roles they give. Pure: state is folded from the organisation's stream.

namespace civiclog {

struct OrganisationState {
  bool exists = false;
  bool erased = false;  // All words of this organisation are gone, and it writes no more.
  OrganisationId id;
  std::string slug;
  std::map<ParticipantId, std::set<Role>> roles;

  bool has_role(ParticipantId participant, Role role) const;
  bool has_any_role(ParticipantId participant) const;
};

void evolve(OrganisationState& state, const Fact& fact);

Error organisation_erased();

// The actor of a command that needs one of `allowed` at the organisation: the system, or a participant who holds one of
// them (the first in the order given). Rejection "role_missing" names what is needed.
Result<Actor> acting_as(const OrganisationState& organisation, const Issuer& issuer, std::initializer_list<Role> allowed);

Result<Decision> decide(const RegisterOrganisation& command, const Issuer& issuer, const OrganisationState& organisation);
Result<Decision> decide(const GrantRole& command, const Issuer& issuer, const OrganisationState& organisation,
                        bool participant_exists);
Result<Decision> decide(const RevokeRole& command, const Issuer& issuer, const OrganisationState& organisation);

}  // namespace civiclog
