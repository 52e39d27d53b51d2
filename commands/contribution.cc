#include "commands/contribution.h"

#include <algorithm>

#include <fmt/format.h>

namespace civiclog {
namespace {

bool is_author(const ContributionState& contribution, const Issuer& issuer) {
  return issuer.is_system() || contribution.author == issuer.participant.uuid;
}

// A ballot names the version that was voted on, so what people voted on stays as it was: no new version of substance
// while the box is open.
bool is_being_voted_on(const TopicState& topic) { return topic.box && !topic.box->closed; }

}  // namespace

bool ContributionState::is_visible() const {
  return exists && (status == ItemStatus::kPublished || (status == ItemStatus::kPending && !pre_moderated));
}

void evolve(ContributionState& state, const Fact& fact) {
  if (const auto* submitted = std::get_if<ContributionSubmitted>(&fact.payload)) {
    state.exists = true;
    state.topic = submitted->topic;
    state.kind = submitted->kind;
    state.author = fact.actor.id;
    state.version = 1;
    state.pre_moderated = submitted->pre_moderated;
  } else if (const auto* revised = std::get_if<ContributionRevised>(&fact.payload)) {
    state.version = revised->version;
  } else if (std::holds_alternative<ContributionWithdrawn>(fact.payload)) {
    state.status = ItemStatus::kWithdrawn;
  } else if (const auto* moderated = std::get_if<ContributionModerated>(&fact.payload)) {
    state.status = moderated->status;
  }
}

Role contributing_role(const OrganisationState& organisation, ParticipantId participant) {
  if (organisation.has_role(participant, Role::kEditor)) return Role::kEditor;
  if (organisation.has_role(participant, Role::kProcessOwner)) return Role::kProcessOwner;
  if (organisation.has_role(participant, Role::kStakeholder)) return Role::kStakeholder;
  return Role::kCitizen;
}

Actor contributing_actor(const OrganisationState& organisation, const Issuer& issuer) {
  if (issuer.is_system()) return acting_system();
  return acting_participant(issuer.participant, contributing_role(organisation, issuer.participant));
}

Result<Decision> decide(const SubmitContribution& command, const Issuer& issuer, const ContributionState& contribution,
                        const ParticipantState& participant, const TopicState& topic, const OrganisationState& organisation) {
  if (!topic.exists) return rejected("topic_unknown", "this topic does not exist");
  if (contribution.exists) return rejected("contribution_exists", "this contribution exists already");
  if (!issuer.is_system() && (!participant.exists || participant.erased)) {
    return rejected("participant_unknown", "join before you contribute");
  }
  if (!topic.allows().submit) return rejected("phase_forbids", "no phase that takes contributions is open");
  if (std::ranges::find(topic.rules.kinds, command.kind) == topic.rules.kinds.end()) {
    return rejected("kind_not_accepted", fmt::format("this topic does not take the kind {}", name_of(command.kind)));
  }
  const Actor author = contributing_actor(organisation, issuer);
  if (command.kind == ContributionKind::kPolicy && author.role != Role::kEditor && author.role != Role::kProcessOwner &&
      !issuer.is_system()) {
    return rejected("role_missing", "policies are proposed by the organisation's editors");
  }
  if (command.kind == ContributionKind::kArticle && !command.link.word.is_given()) {
    return rejected("link_missing", "an article needs its address");
  }
  if (command.kind != ContributionKind::kArticle && command.link.word.is_given()) {
    return rejected("link_unexpected", "only an article has an address");
  }
  if (!command.body.word.is_given() && command.source_id.empty()) {
    return rejected("text_missing", "a contribution needs a text");
  }
  if (command.source_id.size() > kMaxSourceIdSize) return rejected("source_id_too_long", "a source id has at most 256 bytes");
  return Decision{{stream_of(command.contribution),
                   {ContributionSubmitted{command.topic, command.kind, topic.rules.pre_moderation, command.title.word,
                                          command.body.word, command.link.word, command.source_id},
                    author}}};
}

Result<Decision> decide(const ReviseContribution& command, const Issuer& issuer, const ContributionState& contribution,
                        const TopicState& topic, const OrganisationState& organisation) {
  if (!contribution.exists) return rejected("contribution_unknown", "this contribution does not exist");
  if (!is_author(contribution, issuer)) return rejected("not_yours", "only its author revises a contribution");
  if (!contribution.is_visible()) {
    return rejected("not_visible", fmt::format("this contribution is {}", name_of(contribution.status)));
  }
  if (command.revises_version && *command.revises_version != contribution.version) {
    return Error{ErrorCode::kConflict,
                 fmt::format("version {} is current, not {}; read it again", contribution.version, *command.revises_version),
                 "version_conflict"};
  }
  if (!topic.allows().submit) return rejected("phase_forbids", "no phase that takes contributions is open");
  if (command.substantive && is_being_voted_on(topic)) {
    return rejected("being_voted_on", "the substance cannot change while the ballot box is open");
  }
  if (!command.body.word.is_given()) return rejected("text_missing", "a contribution needs a text");
  return Decision{{stream_of(command.contribution),
                   {ContributionRevised{contribution.topic, contribution.version + 1, command.substantive,
                                        command.title.word, command.body.word},
                    contributing_actor(organisation, issuer)}}};
}

Result<Decision> decide(const WithdrawContribution& command, const Issuer& issuer, const ContributionState& contribution,
                        const OrganisationState& organisation) {
  if (!contribution.exists) return rejected("contribution_unknown", "this contribution does not exist");
  if (!is_author(contribution, issuer)) return rejected("not_yours", "only its author withdraws a contribution");
  if (contribution.status == ItemStatus::kWithdrawn) return rejected("withdrawn", "this contribution is withdrawn already");
  return Decision{{stream_of(command.contribution),
                   {ContributionWithdrawn{contribution.topic, command.reason.word}, contributing_actor(organisation, issuer)}}};
}

}  // namespace civiclog
