#include "commands/ballot.h"

#include <fmt/format.h>

namespace civiclog {

void evolve(BallotState& state, const Fact& fact) {
  if (const auto* cast = std::get_if<BallotCast>(&fact.payload)) {
    state.choices[cast->contribution] = cast->choice;
  } else if (const auto* changed = std::get_if<BallotChanged>(&fact.payload)) {
    state.choices[changed->contribution] = changed->choice;
  } else if (const auto* withdrawn = std::get_if<BallotWithdrawn>(&fact.payload)) {
    state.choices.erase(withdrawn->contribution);
  }
}

std::optional<Error> voting_refusal(const Issuer& issuer, const ContributionState& contribution,
                                    const ParticipantState& participant, const TopicState& topic,
                                    const OrganisationState& organisation) {
  if (issuer.is_system()) return rejected("not_a_voter", "only participants vote");
  if (!participant.exists) return rejected("participant_unknown", "join before you vote");
  if (!participant.is_verified()) return rejected("not_verified", "only verified participants vote");
  if (!contribution.exists) return rejected("contribution_unknown", "this contribution does not exist");
  if (!topic.box) return rejected("box_not_open", "the ballot box has not been opened");
  if (topic.box->closed) return rejected("box_closed", "the ballot box is closed");
  if (!topic.allows().vote) return rejected("phase_forbids", "no phase that allows voting is open");
  if (organisation.has_any_role(issuer.participant)) {
    return rejected("not_counted_with_citizens", "who acts for the organisation or as a stakeholder is not counted with citizens");
  }
  if (!contribution.is_visible()) {
    return rejected("not_votable", fmt::format("this contribution is {}", name_of(contribution.status)));
  }
  return std::nullopt;
}

Result<Decision> decide(const CastBallot& command, const Issuer& issuer, Tag tag, const BallotGround& ground) {
  if (const auto refusal =
          voting_refusal(issuer, ground.contribution, ground.participant, ground.topic, ground.organisation)) {
    return *refusal;
  }
  if (command.contribution_version != ground.contribution.version) {
    return Error{ErrorCode::kConflict,
                 fmt::format("version {} is current, not {}; read it before you vote", ground.contribution.version,
                             command.contribution_version),
                 "version_conflict"};
  }
  const StreamId stream = stream_of(ground.topic.box->id, tag);
  const TopicId topic = ground.contribution.topic;
  const auto current = ground.ballot.choices.find(command.contribution);
  const auto decided = [&](Payload payload) { return Decision{{stream, {std::move(payload), acting_tag(tag)}}}; };
  if (current == ground.ballot.choices.end()) {
    return decided(BallotCast{topic, command.contribution, command.contribution_version, command.choice});
  }
  if (current->second == command.choice) {
    return decided(BallotReaffirmed{topic, command.contribution, command.contribution_version, command.choice});
  }
  return decided(
      BallotChanged{topic, command.contribution, command.contribution_version, current->second, command.choice});
}

Result<Decision> decide(const WithdrawBallot& command, const Issuer& issuer, Tag tag, const BallotGround& ground) {
  if (const auto refusal =
          voting_refusal(issuer, ground.contribution, ground.participant, ground.topic, ground.organisation)) {
    return *refusal;
  }
  const auto current = ground.ballot.choices.find(command.contribution);
  if (current == ground.ballot.choices.end()) return rejected("no_choice", "there is no choice to withdraw");
  return Decision{{stream_of(ground.topic.box->id, tag),
                   {BallotWithdrawn{ground.contribution.topic, command.contribution, current->second}, acting_tag(tag)}}};
}

}  // namespace civiclog
