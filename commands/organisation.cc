#include "commands/organisation.h"

#include <fmt/format.h>

#include "base/text.h"

namespace civiclog {
namespace {

bool can_be_granted(Role role) {
  return role == Role::kStakeholder || role == Role::kEditor || role == Role::kProcessOwner || role == Role::kModerator ||
         role == Role::kAuditor || role == Role::kPrivacyOfficer;
}

Error no_organisation() { return rejected("organisation_unknown", "this organisation is not registered"); }

}  // namespace

Error organisation_erased() { return rejected("organisation_erased", "all words of this organisation have been erased"); }

bool OrganisationState::has_role(ParticipantId participant, Role role) const {
  const auto found = roles.find(participant);
  return found != roles.end() && found->second.contains(role);
}

bool OrganisationState::has_any_role(ParticipantId participant) const {
  const auto found = roles.find(participant);
  return found != roles.end() && !found->second.empty();
}

void evolve(OrganisationState& state, const Fact& fact) {
  if (const auto* registered = std::get_if<OrganisationRegistered>(&fact.payload)) {
    state.exists = true;
    state.slug = registered->slug;
    state.id = organisation_id_of(registered->slug);
  } else if (const auto* granted = std::get_if<RoleGranted>(&fact.payload)) {
    state.roles[granted->participant].insert(granted->role);
  } else if (const auto* revoked = std::get_if<RoleRevoked>(&fact.payload)) {
    state.roles[revoked->participant].erase(revoked->role);
  } else if (const auto* erased = std::get_if<WordsErased>(&fact.payload)) {
    if (!erased->author.is_nil()) state.erased = true;
  }
}

Result<Actor> acting_as(const OrganisationState& organisation, const Issuer& issuer, std::initializer_list<Role> allowed) {
  if (issuer.is_system()) return acting_system();
  std::string needed;
  for (const Role role : allowed) {
    if (organisation.has_role(issuer.participant, role)) return acting_participant(issuer.participant, role);
    needed += (needed.empty() ? "" : " or ") + std::string(name_of(role));
  }
  return rejected("role_missing", fmt::format("this needs the role {} at the organisation", needed));
}

Result<Decision> decide(const RegisterOrganisation& command, const Issuer& issuer, const OrganisationState& organisation) {
  if (!issuer.is_system()) return rejected("role_missing", "only the installation registers organisations");
  if (!is_valid_slug(command.slug)) return rejected("slug_invalid", "a slug has letters, digits, '-', '_' and '.' only");
  if (organisation.exists) return rejected("slug_taken", fmt::format("the slug {} is taken", command.slug));
  if (!command.name.word.is_given()) return rejected("text_missing", "an organisation needs a name");
  return Decision{{stream_of(organisation_id_of(command.slug)),
                   {OrganisationRegistered{command.slug, command.name.word}, acting_system()}}};
}

Result<Decision> decide(const GrantRole& command, const Issuer& issuer, const OrganisationState& organisation,
                        bool participant_exists) {
  if (!organisation.exists) return no_organisation();
  const Result<Actor> actor = acting_as(organisation, issuer, {Role::kProcessOwner});
  if (!actor) return actor.error();
  if (!can_be_granted(command.role)) return rejected("role_not_grantable", "this role cannot be granted");
  if (!participant_exists) return rejected("participant_unknown", "this participant has not joined");
  if (organisation.has_role(command.participant, command.role)) {
    return rejected("role_held", "the participant holds this role already");
  }
  return Decision{{stream_of(command.organisation), {RoleGranted{command.participant, command.role}, *actor}}};
}

Result<Decision> decide(const RevokeRole& command, const Issuer& issuer, const OrganisationState& organisation) {
  if (!organisation.exists) return no_organisation();
  const Result<Actor> actor = acting_as(organisation, issuer, {Role::kProcessOwner});
  if (!actor) return actor.error();
  if (!organisation.has_role(command.participant, command.role)) {
    return rejected("role_not_held", "the participant does not hold this role");
  }
  if (!command.reason.word.is_given()) return rejected("reason_missing", "revoking a role needs a reason");
  return Decision{
      {stream_of(command.organisation), {RoleRevoked{command.participant, command.role, command.reason.word}, *actor}}};
}

}  // namespace civiclog
