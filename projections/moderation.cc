#include "projections/moderation.h"

#include <fmt/format.h>

#include "projections/listing.h"

namespace civiclog {
namespace {

std::string case_key(CaseId id) { return make_key('K', id); }

CaseRow open_case(const ModerationTarget& target, const Envelope& envelope, ViewWriter& rows) {
  const CaseId id{envelope.stream.id};
  if (std::optional<CaseRow> known = rows.row<CaseRow>(case_key(id))) return *known;
  CaseRow row;
  row.id = id;
  row.target = target;
  row.opened = moment_of(envelope);
  rows.put_index(make_key('l', target.topic, envelope.position), encode_row(id));
  rows.put_index(make_key('t', target.contribution, target.comment, envelope.position), encode_row(id));
  return row;
}

void on(const ContentFlagged& event, const Envelope& envelope, ViewWriter& rows) {
  CaseRow row = open_case(event.target, envelope, rows);
  ++row.flags;
  row.changed = envelope.position;
  rows.put_row(case_key(row.id), row);
  rows.put_index(make_key('f', row.id, envelope.position),
                 encode_row(FlagRow{event.ground, event.explanation.id, envelope.actor, moment_of(envelope)}));
}

void on(const ModerationDecided& event, const Envelope& envelope, ViewWriter& rows) {
  CaseRow row = open_case(event.target, envelope, rows);
  ++row.decisions;
  row.last_action = event.action;
  row.changed = envelope.position;
  rows.put_row(case_key(row.id), row);
  rows.put_index(make_key('d', row.id, envelope.position),
                 encode_row(DecisionRow{event.action, event.ground, event.facts.id, event.policy_ref, event.automated,
                                        envelope.actor, moment_of(envelope)}));
}

template <typename Other>
void on(const Other&, const Envelope&, ViewWriter&) {}

// Entries that are rows themselves.
template <typename Row>
Result<Page<Row>> entries(const ViewReader& reader, const std::string& prefix, const PageRequest& request) {
  Page<Row> page;
  auto next = walk_page(reader, prefix, kPositionBytes, request, [&](std::string_view, std::string_view value) -> Result<bool> {
    std::optional<Row> row = decode_row<Row>(value);
    if (!row) return corrupt("A moderation case of the read models cannot be read; run `civic-replay rebuild`.");
    page.items.push_back(std::move(*row));
    return true;
  });
  if (!next) return next.error();
  page.next = std::move(*next);
  return page;
}

}  // namespace

void ModerationProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  if (event.envelope.stream.kind != StreamKind::kCase) return;
  std::visit([&](const auto& payload) { on(payload, event.envelope, rows); }, event.payload);
}

RowDescription ModerationProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  const char table = names.table();
  const std::string owner = names.id();
  if (table == 'K') {
    const auto row = decode_row<CaseRow>(value);
    return {"moderation case " + owner,
            row ? fmt::format("about contribution {} comment {}, flags {}, decisions {}, last {}, changed at {}",
                              row->target.contribution.text(), row->target.comment.text(), row->flags, row->decisions,
                              row->last_action ? name_of(*row->last_action) : "none", row->changed.value)
                : "unreadable"};
  }
  if (table == 'f') {
    const auto row = decode_row<FlagRow>(value);
    return {fmt::format("flag in case {} at {}", owner, names.position().value),
            row ? fmt::format("{} by {}", name_of(row->ground), row->actor.id.text()) : "unreadable"};
  }
  if (table == 'd') {
    const auto row = decode_row<DecisionRow>(value);
    return {fmt::format("decision in case {} at {}", owner, names.position().value),
            row ? fmt::format("{} on the ground {} under {} by {}", name_of(row->action), name_of(row->ground), row->policy_ref,
                              row->actor.id.text())
                : "unreadable"};
  }
  const auto id = decode_row<CaseId>(value);
  const std::string leads_to = id ? "case " + id->text() : "unreadable";
  if (table == 'l') return {fmt::format("case in topic {} opened at {}", owner, names.position().value), leads_to};
  if (table == 't') {
    const std::string comment = names.id();
    return {fmt::format("case about contribution {} comment {} opened at {}", owner, comment, names.position().value), leads_to};
  }
  return {"unknown row", to_hex(value)};
}

Result<std::optional<CaseRow>> ModerationQueries::get(CaseId id) const { return reader_.row<CaseRow>(case_key(id)); }

Result<Page<CaseRow>> ModerationQueries::list(TopicId topic, const PageRequest& request) const {
  return list_rows<CaseRow>(reader_, make_key('l', topic), kPositionBytes, request, case_key);
}

Result<Page<CaseRow>> ModerationQueries::about(ContributionId contribution, CommentId comment, const PageRequest& request) const {
  return list_rows<CaseRow>(reader_, make_key('t', contribution, comment), kPositionBytes, request, case_key);
}

Result<Page<FlagRow>> ModerationQueries::flags(CaseId id, const PageRequest& request) const {
  return entries<FlagRow>(reader_, make_key('f', id), request);
}

Result<Page<DecisionRow>> ModerationQueries::decisions(CaseId id, const PageRequest& request) const {
  return entries<DecisionRow>(reader_, make_key('d', id), request);
}

}  // namespace civiclog
