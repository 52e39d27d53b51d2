#pragma once

#include "base/result.h"
#include "commands/command.h"
#include "commands/contribution.h"
#include "commands/fact.h"
#include "commands/organisation.h"
#include "commands/participant.h"
#include "commands/topic.h"

// Comments on contributions, in threads of at most kMaxCommentDepth below the first. Pure.

namespace civiclog {

struct CommentState {
  bool exists = false;
  TopicId topic;
  ContributionId target;
  Uuid author;  // nil: the system
  uint8_t depth = 0;
  uint32_t version = 0;
  ItemStatus status = ItemStatus::kPublished;

  bool is_visible() const { return exists && status == ItemStatus::kPublished; }
};

void evolve(CommentState& state, const Fact& fact);

// The states a new comment stands on. `parent` is null for a reply to the contribution itself.
struct CommentGround {
  const CommentState& comment;
  const CommentState* parent;
  const ContributionState& target;
  const ParticipantState& participant;
  const TopicState& topic;
  const OrganisationState& organisation;
};

Result<Decision> decide(const PostComment& command, const Issuer& issuer, const CommentGround& ground);
Result<Decision> decide(const EditComment& command, const Issuer& issuer, const CommentState& comment,
                        const ContributionState& target, const TopicState& topic, const OrganisationState& organisation);
Result<Decision> decide(const RetractComment& command, const Issuer& issuer, const CommentState& comment,
                        const OrganisationState& organisation);

}  // namespace civiclog
