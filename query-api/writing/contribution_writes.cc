#include "events/payload_codec.h"
#include "query-api/door/entity_tag.h"
#include "query-api/writing/routes.h"

namespace civiclog {
namespace {

Result<Command> submit_contribution(Writing& writing) {
  Fields& fields = writing.fields;
  return SubmitContribution{ContributionId{writing.fresh_id()}, writing.topic_in_path(), fields.named("kind", kMaxContributionKind),
                            fields.text("title", Need::kOptional), fields.text("body", Need::kOptional),
                            fields.text("link", Need::kOptional), fields.text("source_id", Need::kOptional)};
}

Error precondition_missing() {
  return {ErrorCode::kInvalidArgument, "Send If-Match with the ETag of the contribution you revise.", "precondition_missing"};
}

// Which version of the text the sender saw: the one at the position that the tag tells of. nullopt: any will do. Not the current
// one in its place: that is another one at a retry.
Result<std::optional<uint32_t>> version_seen(const Writing& writing, ContributionId contribution) {
  const std::string if_match = writing.request.joined_header("if-match");
  if (if_match.empty()) return precondition_missing();
  if (if_match == "*") return std::optional<uint32_t>();
  const std::optional<Position> seen = position_of_tag(if_match);
  if (!seen) {
    return Error{ErrorCode::kConflict, "This ETag is none of this contribution; read it and send the one you are given.", "version_conflict"};
  }
  const Result<std::vector<StoredEvent>> events = writing.side.log.read_stream(stream_of(contribution), Version{});
  if (!events) return events.error();
  uint32_t version = 0;
  for (const StoredEvent& event : *events) {
    if (event.envelope.position > *seen) break;
    if (event.envelope.type == ContributionSubmitted::kType || event.envelope.type == ContributionRevised::kType) ++version;
  }
  return std::optional(version);
}

Result<Command> revise_contribution(Writing& writing) {
  const Result<Uuid> id = writing.id_in_path("contribution");
  if (!id) return id.error();
  Fields& fields = writing.fields;
  ReviseContribution command{ContributionId{*id}, {}, fields.flag("substantive"), fields.text("title", Need::kOptional),
                             fields.text("body", Need::kOptional)};
  const Result<std::optional<uint32_t>> seen = version_seen(writing, command.contribution);
  if (!seen) return seen.error();
  command.revises_version = *seen;
  return command;
}

Result<Command> withdraw_contribution(Writing& writing) {
  const Result<Uuid> id = writing.id_in_path("contribution");
  if (!id) return id.error();
  return WithdrawContribution{ContributionId{*id}, writing.fields.text("reason", Need::kOptional)};
}

}  // namespace

WriteRoutes contribution_writes() {
  return {{.method = Method::kPost, .pattern = "/v1/topics/{topic}/contributions", .command = submit_contribution, .creates = true},
          {.method = Method::kPost, .pattern = "/v1/contributions/{contribution}/versions", .command = revise_contribution},
          {.method = Method::kPost, .pattern = "/v1/contributions/{contribution}/withdraw", .command = withdraw_contribution}};
}

}  // namespace civiclog
