#pragma once

#include <set>

#include "base/result.h"
#include "commands/command.h"
#include "commands/comment.h"
#include "commands/contribution.h"
#include "commands/fact.h"
#include "commands/organisation.h"
#include "commands/participant.h"

// Moderation: a decision has a ground, facts and a policy reference, and writes to the case *and* to the target's stream
// in one commit, so that no vote slips past a hide. Pure.

namespace civiclog {

struct CaseState {
  bool exists = false;
  ModerationTarget target;
};

void evolve(CaseState& state, const Fact& fact);

struct ModerationGround {
  const CaseState& moderation_case;
  const ContributionState& contribution;
  const CommentState* comment;  // null: the contribution itself is the target
  const ParticipantState& participant;
  const OrganisationState& organisation;
};

Result<Decision> decide(const FlagContent& command, const Issuer& issuer, const ModerationGround& ground);
Result<Decision> decide(const DecideModeration& command, const Issuer& issuer, const ModerationGround& ground);

}  // namespace civiclog
