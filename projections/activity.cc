#include "projections/activity.h"

#include <fmt/format.h>

#include "base/check.h"
#include "projections/row_key.h"

namespace civiclog {
namespace {

void add(const OrganisationRegistered&, ActivityRow&) {}
void add(const RoleGranted& event, ActivityRow& row) {
  row.participant = event.participant;
  row.role = event.role;
}
void add(const RoleRevoked& event, ActivityRow& row) {
  row.participant = event.participant;
  row.role = event.role;
  row.reason = event.reason.id;
}
void add(const ParticipantJoined&, ActivityRow&) {}
void add(const ParticipantVerified&, ActivityRow&) {}
void add(const WordsErased&, ActivityRow&) {}
void add(const TopicLaunched& event, ActivityRow& row) { row.organisation = event.organisation; }
void add(const PhasesDefined&, ActivityRow&) {}
void add(const RulesSet& event, ActivityRow& row) { row.reason = event.reason.id; }
void add(const PhaseOpened& event, ActivityRow& row) {
  row.phase = event.phase;
  row.reason = event.reason.id;
}
void add(const PhaseClosed& event, ActivityRow& row) {
  row.phase = event.phase;
  row.reason = event.reason.id;
}
void add(const PhaseExtended& event, ActivityRow& row) {
  row.phase = event.phase;
  row.reason = event.justification.id;
}
void add(const BoxOpened&, ActivityRow&) {}
void add(const BoxClosed&, ActivityRow&) {}
void add(const ContributionSubmitted& event, ActivityRow& row) { row.topic = event.topic; }
void add(const ContributionRevised& event, ActivityRow& row) { row.topic = event.topic; }
void add(const ContributionWithdrawn& event, ActivityRow& row) {
  row.topic = event.topic;
  row.reason = event.reason.id;
}
void add(const ContributionModerated& event, ActivityRow& row) {
  row.topic = event.topic;
  row.moderation_case = event.moderation_case;
  row.action = event.action;
}
void add(const CommentPosted& event, ActivityRow& row) {
  row.topic = event.topic;
  row.contribution = event.target;
}
void add(const CommentEdited& event, ActivityRow& row) {
  row.topic = event.topic;
  row.contribution = event.target;
}
void add(const CommentRetracted& event, ActivityRow& row) {
  row.topic = event.topic;
  row.contribution = event.target;
}
void add(const CommentModerated& event, ActivityRow& row) {
  row.topic = event.topic;
  row.contribution = event.target;
  row.moderation_case = event.moderation_case;
  row.action = event.action;
}
void add_target(const ModerationTarget& target, ActivityRow& row) {
  row.topic = target.topic;
  row.contribution = target.contribution;
  row.comment = target.comment;
}
void add(const ContentFlagged& event, ActivityRow& row) {
  add_target(event.target, row);
  row.ground = event.ground;
  row.reason = event.explanation.id;
}
void add(const ModerationDecided& event, ActivityRow& row) {
  add_target(event.target, row);
  row.action = event.action;
  row.ground = event.ground;
  row.reason = event.facts.id;
}
void add(const ImportStarted& event, ActivityRow& row) { row.topic = event.topic; }
// Left out by apply(); named one by one so that a new event type does not go missing here unnoticed.
void add(const BallotCast&, ActivityRow&) { CHECK(false); }
void add(const BallotChanged&, ActivityRow&) { CHECK(false); }
void add(const BallotReaffirmed&, ActivityRow&) { CHECK(false); }
void add(const BallotWithdrawn&, ActivityRow&) { CHECK(false); }

bool is_ballot(const RecordedEvent& event) {
  return event.envelope.stream.kind == StreamKind::kBallot || std::holds_alternative<BallotCast>(event.payload) ||
         std::holds_alternative<BallotChanged>(event.payload) || std::holds_alternative<BallotReaffirmed>(event.payload) ||
         std::holds_alternative<BallotWithdrawn>(event.payload);
}

// The ids that are the event's own stream.
void add_stream(const StreamId& stream, ActivityRow& row) {
  if (stream.kind == StreamKind::kOrganisation) row.organisation = OrganisationId{stream.id};
  if (stream.kind == StreamKind::kTopic) row.topic = TopicId{stream.id};
  if (stream.kind == StreamKind::kContribution) row.contribution = ContributionId{stream.id};
  if (stream.kind == StreamKind::kComment) row.comment = CommentId{stream.id};
  if (stream.kind == StreamKind::kCase) row.moderation_case = CaseId{stream.id};
  if (stream.kind == StreamKind::kParticipant) row.participant = ParticipantId{stream.id};
}

std::string describe_line(const ActivityRow& row) {
  return fmt::format("{} by {} {} on {}, topic {}, reason word {}", row.type, name_of(row.actor.role), row.actor.id.text(),
                     row.subject.text(), row.topic.text(), row.reason.text());
}

}  // namespace

void ActivityProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  if (is_ballot(event)) return;
  ActivityRow row;
  row.position = event.position();
  row.recorded_at = event.envelope.recorded_at;
  row.happened_at = event.envelope.happened_at();
  row.type = event.envelope.type;
  row.actor = event.envelope.actor;
  row.subject = event.envelope.stream;
  std::visit([&](const auto& payload) { add(payload, row); }, event.payload);
  add_stream(event.envelope.stream, row);
  if (!row.topic.is_nil()) {
    const std::string home = make_key('t', row.topic);
    const std::optional<OrganisationId> known = rows.row<OrganisationId>(home);
    if (known) row.organisation = *known;
    else if (std::holds_alternative<TopicLaunched>(event.payload)) rows.put_index(home, encode_row(row.organisation));
  }
  rows.put_index(make_key('g', row.position), encode_row(row));
  if (!row.topic.is_nil()) rows.put_index(make_key('a', row.topic, row.position), {});
  if (!row.organisation.is_nil()) rows.put_index(make_key('o', row.organisation, row.position), {});
}

RowDescription ActivityProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  const char table = names.table();
  if (table == 'g') {
    const auto row = decode_row<ActivityRow>(value);
    return {fmt::format("activity at {}", names.position().value), row ? describe_line(*row) : "unreadable"};
  }
  const std::string owner = names.id();
  if (table == 'a') return {fmt::format("activity of topic {} at {}", owner, names.position().value), "listed"};
  if (table == 'o') return {fmt::format("activity of organisation {} at {}", owner, names.position().value), "listed"};
  const auto id = decode_row<OrganisationId>(value);
  if (table == 't') return {"organisation of topic " + owner, id ? id->text() : "unreadable"};
  return {"unknown row", to_hex(value)};
}

Result<Page<ActivityRow>> ActivityQueries::page(std::string_view prefix, const PageRequest& request) const {
  Page<ActivityRow> page;
  auto next = walk_page(reader_, prefix, kPositionBytes, request, [&](std::string_view suffix, std::string_view) -> Result<bool> {
    auto row = reader_.latest_row<ActivityRow>(make_key('g', suffix));
    if (!row) return row.error();
    if (!*row) return corrupt("A line of the activity feed is missing; run `civic-replay rebuild`.");
    page.items.push_back(std::move(**row));
    return true;
  });
  if (!next) return next.error();
  page.next = std::move(*next);
  return page;
}

Result<Page<ActivityRow>> ActivityQueries::of_everything(const PageRequest& request) const { return page(make_key('g'), request); }

Result<Page<ActivityRow>> ActivityQueries::of_topic(TopicId topic, const PageRequest& request) const {
  return page(make_key('a', topic), request);
}

Result<Page<ActivityRow>> ActivityQueries::of_organisation(OrganisationId organisation, const PageRequest& request) const {
  return page(make_key('o', organisation), request);
}

}  // namespace civiclog
