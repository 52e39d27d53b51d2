#include "events/payload_codec.h"
#include "query-api/writing/routes.h"

namespace civiclog {
namespace {

Error nothing_to_moderate() { return rejected("target_unknown", "what this is about does not exist"); }

template <typename Made>
Result<Made> first_of(const EventLog& log, const StreamId& stream) {
  const Result<std::vector<StoredEvent>> events = log.read_stream(stream, Version{});
  if (!events) return events.error();
  if (events->empty()) return nothing_to_moderate();
  const Result<Payload> payload = decode_payload(events->front());
  if (!payload) return payload.error();
  const auto* made = std::get_if<Made>(&*payload);
  if (made == nullptr) return nothing_to_moderate();
  return *made;
}

// Clients name the item; its contribution and topic are known to the log and never change.
Result<ModerationTarget> target_of(Writing& writing) {
  const CommentId comment = writing.fields.id_of<struct NameComment>("comment", Need::kOptional);
  ContributionId contribution = writing.fields.id_of<struct NameContribution>("contribution", Need::kOptional);
  if (comment.is_nil() == contribution.is_nil()) {
    writing.fields.fail("field_missing", "Name either \"contribution\" or \"comment\".", "/contribution");
    return ModerationTarget{};
  }
  if (!comment.is_nil()) {
    const Result<CommentPosted> posted = first_of<CommentPosted>(writing.side.log, stream_of(comment));
    if (!posted) return posted.error();
    return ModerationTarget{posted->topic, posted->target, comment};
  }
  const Result<ContributionSubmitted> submitted = first_of<ContributionSubmitted>(writing.side.log, stream_of(contribution));
  if (!submitted) return submitted.error();
  return ModerationTarget{submitted->topic, contribution, {}};
}

Result<Command> flag_content(Writing& writing) {
  const Result<ModerationTarget> target = target_of(writing);
  Fields& fields = writing.fields;
  FlagContent command{CaseId{writing.fresh_id()}, {}, fields.named("ground", kMaxGround), fields.text("explanation", Need::kOptional)};
  if (!target) return target.error();
  command.target = *target;
  return command;
}

Result<Command> decide_moderation(Writing& writing) {
  const Result<ModerationTarget> target = target_of(writing);
  Fields& fields = writing.fields;
  DecideModeration command;
  command.moderation_case = fields.id_of<struct NameCase>("case", Need::kOptional);
  command.opens_case = command.moderation_case.is_nil();
  if (command.opens_case) command.moderation_case = CaseId{writing.fresh_id()};
  command.action = fields.named("action", kMaxModerationAction);
  command.ground = fields.named("ground", kMaxGround);
  command.facts = fields.text("facts");
  command.policy_ref = fields.text("policy");
  command.automated = fields.flag("automated", Need::kOptional);
  if (!target) return target.error();
  command.target = *target;
  return command;
}

}  // namespace

WriteRoutes moderation_writes() {
  return {{.method = Method::kPost, .pattern = "/v1/moderation/flags", .command = flag_content, .creates = true},
          {.method = Method::kPost, .pattern = "/v1/moderation/decisions", .command = decide_moderation, .creates = true}};
}

}  // namespace civiclog
