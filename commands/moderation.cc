#include "commands/moderation.h"

#include <optional>

#include <fmt/format.h>

namespace civiclog {
namespace {

constexpr size_t kMaxPolicyRefSize = 128;

ItemStatus target_status(const ModerationGround& ground) {
  return ground.comment != nullptr ? ground.comment->status : ground.contribution.status;
}

Uuid target_author(const ModerationGround& ground) {
  return ground.comment != nullptr ? ground.comment->author : ground.contribution.author;
}

std::optional<Error> target_error(const ModerationTarget& target, const ModerationGround& ground) {
  if (!ground.contribution.exists || ground.contribution.topic != target.topic) {
    return rejected("target_unknown", "there is no such contribution in this topic");
  }
  if (ground.comment != nullptr && (!ground.comment->exists || ground.comment->target != target.contribution)) {
    return rejected("target_unknown", "there is no such comment on this contribution");
  }
  return std::nullopt;
}

// What an action makes of a status; nullopt where it makes no sense. Withdrawn stays withdrawn.
std::optional<ItemStatus> status_after(ModerationAction action, ItemStatus before) {
  switch (action) {
    case ModerationAction::kAccept:
      return before == ItemStatus::kPending ? std::optional(ItemStatus::kPublished) : std::nullopt;
    case ModerationAction::kReject:
      return before == ItemStatus::kPending || before == ItemStatus::kPublished ? std::optional(ItemStatus::kRejected)
                                                                                 : std::nullopt;
    case ModerationAction::kHide:
      return before == ItemStatus::kPending || before == ItemStatus::kPublished ? std::optional(ItemStatus::kHidden)
                                                                                 : std::nullopt;
    case ModerationAction::kRestore:
      return before == ItemStatus::kHidden || before == ItemStatus::kRejected ? std::optional(ItemStatus::kPublished)
                                                                               : std::nullopt;
  }
  return std::nullopt;
}

bool fits(ModerationAction action, Ground ground) {
  const bool favourable = action == ModerationAction::kAccept || action == ModerationAction::kRestore;
  return ground == Ground::kImported || favourable == (ground == Ground::kInScope);
}

}  // namespace

void evolve(CaseState& state, const Fact& fact) {
  if (const auto* flagged = std::get_if<ContentFlagged>(&fact.payload)) {
    state.exists = true;
    state.target = flagged->target;
  } else if (const auto* decided = std::get_if<ModerationDecided>(&fact.payload)) {
    state.exists = true;
    state.target = decided->target;
  }
}

Result<Decision> decide(const FlagContent& command, const Issuer& issuer, const ModerationGround& ground) {
  if (ground.moderation_case.exists) return rejected("case_exists", "this case exists already");
  if (const auto error = target_error(command.target, ground)) return *error;
  if (!issuer.is_system() && !ground.participant.exists) return rejected("participant_unknown", "join before you flag");
  if (command.ground == Ground::kInScope || command.ground == Ground::kImported) {
    return rejected("ground_invalid", "a flag needs a ground against the content");
  }
  const ItemStatus status = target_status(ground);
  if (status != ItemStatus::kPublished && status != ItemStatus::kPending) {
    return rejected("not_visible", fmt::format("the target is {}", name_of(status)));
  }
  const Actor actor = issuer.is_system() ? acting_system() : acting_participant(issuer.participant, Role::kCitizen);
  return Decision{{stream_of(command.moderation_case),
                   {ContentFlagged{command.target, command.ground, command.explanation.word}, actor}}};
}

Result<Decision> decide(const DecideModeration& command, const Issuer& issuer, const ModerationGround& ground) {
  if (const auto error = target_error(command.target, ground)) return *error;
  const Result<Actor> actor = acting_as(ground.organisation, issuer, {Role::kModerator});
  if (!actor) return actor.error();
  if (ground.moderation_case.exists && ground.moderation_case.target != command.target) {
    return rejected("case_mismatch", "this case is about something else");
  }
  if (!issuer.is_system() && target_author(ground) == issuer.participant.uuid) {
    return rejected("own_content", "nobody moderates what they wrote themselves");
  }
  if (!fits(command.action, command.ground)) {
    return rejected("ground_invalid", fmt::format("the ground {} does not carry the action {}", name_of(command.ground),
                                                  name_of(command.action)));
  }
  if (!command.facts.word.is_given()) return rejected("facts_missing", "a moderation decision needs the facts it rests on");
  if (command.policy_ref.empty() || command.policy_ref.size() > kMaxPolicyRefSize) {
    return rejected("policy_missing", "a moderation decision names the policy it applies, in at most 128 bytes");
  }
  const ItemStatus before = target_status(ground);
  const std::optional<ItemStatus> after = status_after(command.action, before);
  if (!after) {
    return rejected("action_invalid", fmt::format("{} does not apply to what is {}", name_of(command.action), name_of(before)));
  }
  Decision decision{{stream_of(command.moderation_case),
                     {ModerationDecided{command.target, command.action, command.ground, command.facts.word,
                                        command.policy_ref, command.automated},
                      *actor}}};
  if (ground.comment != nullptr) {
    decision.push_back({stream_of(command.target.comment),
                        {CommentModerated{command.target.topic, command.target.contribution, command.moderation_case,
                                          command.action, *after},
                         *actor}});
  } else {
    decision.push_back(
        {stream_of(command.target.contribution),
         {ContributionModerated{command.target.topic, command.moderation_case, command.action, *after}, *actor}});
  }
  return decision;
}

}  // namespace civiclog
