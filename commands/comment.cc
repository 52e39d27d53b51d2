#include "commands/comment.h"

#include <fmt/format.h>

namespace civiclog {
namespace {

bool is_author(const CommentState& comment, const Issuer& issuer) {
  return issuer.is_system() || comment.author == issuer.participant.uuid;
}

}  // namespace

void evolve(CommentState& state, const Fact& fact) {
  if (const auto* posted = std::get_if<CommentPosted>(&fact.payload)) {
    state.exists = true;
    state.topic = posted->topic;
    state.target = posted->target;
    state.author = fact.actor.id;
    state.depth = posted->depth;
    state.version = 1;
  } else if (const auto* edited = std::get_if<CommentEdited>(&fact.payload)) {
    state.version = edited->version;
  } else if (std::holds_alternative<CommentRetracted>(fact.payload)) {
    state.status = ItemStatus::kWithdrawn;
  } else if (const auto* moderated = std::get_if<CommentModerated>(&fact.payload)) {
    state.status = moderated->status;
  }
}

Result<Decision> decide(const PostComment& command, const Issuer& issuer, const CommentGround& ground) {
  if (ground.comment.exists) return rejected("comment_exists", "this comment exists already");
  if (!ground.target.exists) return rejected("contribution_unknown", "this contribution does not exist");
  if (!issuer.is_system() && (!ground.participant.exists || ground.participant.erased)) {
    return rejected("participant_unknown", "join before you comment");
  }
  if (!ground.topic.allows().comment) return rejected("phase_forbids", "no phase that takes comments is open");
  if (!ground.target.is_visible()) {
    return rejected("target_not_visible", fmt::format("this contribution is {}", name_of(ground.target.status)));
  }
  uint8_t depth = 0;
  if (ground.parent != nullptr) {
    if (!ground.parent->exists || ground.parent->target != command.target) {
      return rejected("parent_unknown", "the comment replied to does not exist on this contribution");
    }
    if (!ground.parent->is_visible()) {
      return rejected("parent_not_visible", fmt::format("the comment replied to is {}", name_of(ground.parent->status)));
    }
    if (ground.parent->depth >= kMaxCommentDepth) {
      return rejected("too_deep", fmt::format("replies go at most {} levels deep", kMaxCommentDepth));
    }
    depth = static_cast<uint8_t>(ground.parent->depth + 1);
  }
  if (!command.body.word.is_given()) return rejected("text_missing", "a comment needs a text");
  if (command.source_id.size() > kMaxSourceIdSize) return rejected("source_id_too_long", "a source id has at most 256 bytes");
  return Decision{{stream_of(command.comment),
                   {CommentPosted{ground.target.topic, command.target, command.parent, depth, command.body.word,
                                  command.source_id, command.stance},
                    contributing_actor(ground.organisation, issuer)}}};
}

Result<Decision> decide(const EditComment& command, const Issuer& issuer, const CommentState& comment,
                        const ContributionState& target, const TopicState& topic, const OrganisationState& organisation) {
  if (!comment.exists) return rejected("comment_unknown", "this comment does not exist");
  if (!is_author(comment, issuer)) return rejected("not_yours", "only its author edits a comment");
  if (!comment.is_visible()) return rejected("not_visible", fmt::format("this comment is {}", name_of(comment.status)));
  if (!target.is_visible()) return rejected("target_not_visible", "the contribution commented on is not visible");
  if (!topic.allows().comment) return rejected("phase_forbids", "no phase that takes comments is open");
  if (!command.body.word.is_given()) return rejected("text_missing", "a comment needs a text");
  return Decision{{stream_of(command.comment),
                   {CommentEdited{comment.topic, comment.target, comment.version + 1, command.body.word},
                    contributing_actor(organisation, issuer)}}};
}

Result<Decision> decide(const RetractComment& command, const Issuer& issuer, const CommentState& comment,
                        const OrganisationState& organisation) {
  if (!comment.exists) return rejected("comment_unknown", "this comment does not exist");
  if (!is_author(comment, issuer)) return rejected("not_yours", "only its author retracts a comment");
  if (comment.status == ItemStatus::kWithdrawn) return rejected("withdrawn", "this comment is retracted already");
  return Decision{
      {stream_of(command.comment), {CommentRetracted{comment.topic, comment.target}, contributing_actor(organisation, issuer)}}};
}

}  // namespace civiclog
