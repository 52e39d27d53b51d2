#pragma once

#include <map>
#include <optional>

#include "base/result.h"
#include "commands/command.h"
#include "commands/contribution.h"
#include "commands/fact.h"
#include "commands/organisation.h"
#include "commands/participant.h"
#include "commands/topic.h"

// Ballots: all choices of one voter (a tag) in one box are one stream, so "one current choice per voter and statement"
// is a rule of that stream alone, and votes of different people never contend. Pure.

namespace civiclog {

struct BallotState {
  std::map<ContributionId, Choice> choices;  // Current ones.
};

void evolve(BallotState& state, const Fact& fact);

struct BallotGround {
  const BallotState& ballot;
  const ContributionState& contribution;
  const ParticipantState& participant;
  const TopicState& topic;
  const OrganisationState& organisation;
};

// Everything that must hold before a tag may be computed: the box is open and the phase allows voting, the participant
// may vote here, the statement can be voted on. nullopt when all holds.
std::optional<Error> voting_refusal(const Issuer& issuer, const ContributionState& contribution,
                                    const ParticipantState& participant, const TopicState& topic,
                                    const OrganisationState& organisation);

Result<Decision> decide(const CastBallot& command, const Issuer& issuer, Tag tag, const BallotGround& ground);
Result<Decision> decide(const WithdrawBallot& command, const Issuer& issuer, Tag tag, const BallotGround& ground);

}  // namespace civiclog
