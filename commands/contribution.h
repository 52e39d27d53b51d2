#pragma once

#include "base/result.h"
#include "commands/command.h"
#include "commands/fact.h"
#include "commands/organisation.h"
#include "commands/participant.h"
#include "commands/topic.h"

// Contributions: policies, questions, opinions, actions and articles share one life cycle. Pure.

namespace civiclog {

struct ContributionState {
  bool exists = false;
  TopicId topic;
  ContributionKind kind = ContributionKind::kOpinion;
  Uuid author;  // nil: the system
  uint32_t version = 0;
  bool pre_moderated = false;
  ItemStatus status = ItemStatus::kPending;

  // Pending contributions are visible unless the topic is moderated beforehand.
  bool is_visible() const;
};

void evolve(ContributionState& state, const Fact& fact);

// The role in which a participant contributes to an organisation's topic: editor (or process owner), stakeholder or
// citizen. They are shown, and counted, apart.
Role contributing_role(const OrganisationState& organisation, ParticipantId participant);
// The same as the actor of an event: the system where it acts itself.
Actor contributing_actor(const OrganisationState& organisation, const Issuer& issuer);

Result<Decision> decide(const SubmitContribution& command, const Issuer& issuer, const ContributionState& contribution,
                        const ParticipantState& participant, const TopicState& topic, const OrganisationState& organisation);
Result<Decision> decide(const ReviseContribution& command, const Issuer& issuer, const ContributionState& contribution,
                        const TopicState& topic, const OrganisationState& organisation);
Result<Decision> decide(const WithdrawContribution& command, const Issuer& issuer, const ContributionState& contribution,
                        const OrganisationState& organisation);

}  // namespace civiclog
