#include "projections/contributions.h"

#include <fmt/format.h>

#include "projections/listing.h"

namespace civiclog {
namespace {

std::string contribution_key(ContributionId id) { return make_key('C', id); }
std::string tally_key(ContributionId id) { return make_key('T', id); }
std::string counts_key(TopicId topic) { return make_key('N', topic); }

// The contribution's row changed by `change`; the topic's counts follow its visibility.
template <typename Change>
void update(const Envelope& envelope, ViewWriter& rows, Change change) {
  if (envelope.stream.kind != StreamKind::kContribution) return;
  const ContributionId id{envelope.stream.id};
  std::optional<ContributionRow> row = rows.row<ContributionRow>(contribution_key(id));
  if (!row) return;
  const bool was_visible = is_visible(*row);
  change(*row);
  row->changed = envelope.position;
  rows.put_row(contribution_key(id), *row);
  if (was_visible == is_visible(*row)) return;
  ContributionCounts counts = rows.row<ContributionCounts>(counts_key(row->topic)).value_or(ContributionCounts{});
  was_visible ? --counts.count(row->kind) : ++counts.count(row->kind);
  counts.position = envelope.position;
  rows.put_row(counts_key(row->topic), counts);
}

void on(const ContributionSubmitted& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kContribution) return;
  const ContributionId id{envelope.stream.id};
  if (rows.get(contribution_key(id))) return;
  ContributionRow row;
  row.id = id;
  row.topic = event.topic;
  row.kind = event.kind;
  row.author = envelope.actor;
  row.title = event.title.id;
  row.body = event.body.id;
  row.link = event.link.id;
  row.pre_moderated = event.pre_moderated;
  row.source_id = event.source_id;
  row.submitted = moment_of(envelope);
  row.changed = envelope.position;
  rows.put_row(contribution_key(id), row);
  TallyRow tally;
  tally.position = envelope.position;
  rows.put_row(tally_key(id), tally);
  rows.put_index(make_key('l', event.topic, envelope.position), encode_row(id));
  if (!event.source_id.empty()) {
    const std::string source = make_key('x', event.topic, std::string_view(event.source_id));
    if (!rows.get(source)) rows.put_index(source, encode_row(id));
  }
  ContributionCounts counts = rows.row<ContributionCounts>(counts_key(event.topic)).value_or(ContributionCounts{});
  ++counts.submitted;
  if (is_visible(row)) ++counts.count(row.kind);
  counts.position = envelope.position;
  rows.put_row(counts_key(event.topic), counts);
}

void on(const ContributionRevised& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](ContributionRow& row) {
    row.version = event.version;
    row.title = event.title.id;
    row.body = event.body.id;
  });
}

void on(const ContributionWithdrawn&, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [](ContributionRow& row) { row.status = ItemStatus::kWithdrawn; });
}

void on(const ContributionModerated& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](ContributionRow& row) {
    row.status = event.status;
    row.moderation = ModerationMark{event.moderation_case, event.action, envelope.position};
  });
}

int64_t& count_of(TallyRow& tally, Choice choice) {
  return choice == Choice::kAgree ? tally.agree : choice == Choice::kDisagree ? tally.disagree : tally.pass;
}

template <typename Change>
void update_tally(ContributionId id, const Envelope& envelope, ViewWriter& rows, Change change) {
  std::optional<TallyRow> tally = rows.row<TallyRow>(tally_key(id));
  if (!tally) return;
  change(*tally);
  tally->position = envelope.position;
  rows.put_row(tally_key(id), *tally);
}

void on(const BallotCast& event, const Envelope& envelope, ViewWriter& rows) {
  update_tally(event.contribution, envelope, rows, [&](TallyRow& tally) {
    ++count_of(tally, event.choice);
    ++tally.cast;
  });
}

void on(const BallotChanged& event, const Envelope& envelope, ViewWriter& rows) {
  update_tally(event.contribution, envelope, rows, [&](TallyRow& tally) {
    --count_of(tally, event.previous);
    ++count_of(tally, event.choice);
    ++tally.changed;
  });
}

void on(const BallotReaffirmed& event, const Envelope& envelope, ViewWriter& rows) {
  update_tally(event.contribution, envelope, rows, [](TallyRow& tally) { ++tally.reaffirmed; });
}

void on(const BallotWithdrawn& event, const Envelope& envelope, ViewWriter& rows) {
  update_tally(event.contribution, envelope, rows, [&](TallyRow& tally) {
    --count_of(tally, event.previous);
    ++tally.withdrawn;
  });
}

template <typename Other>
void on(const Other&, const Envelope&, ViewWriter&) {}

std::string describe_contribution(const ContributionRow& row) {
  return fmt::format("{} in topic {} by {} {}, version {}, {}, source id '{}', words {} {} {}, submitted at {}, changed at {}",
                     name_of(row.kind), row.topic.text(), name_of(row.author.role), row.author.id.text(), row.version,
                     name_of(row.status), row.source_id, row.title.text(), row.body.text(), row.link.text(),
                     row.submitted.position.value, row.changed.value);
}

std::string describe_tally(const TallyRow& row) {
  return fmt::format("agree {}, disagree {}, pass {} (cast {}, changed {}, reaffirmed {}, withdrawn {}; last act at {})", row.agree,
                     row.disagree, row.pass, row.cast, row.changed, row.reaffirmed, row.withdrawn, row.position.value);
}

std::string describe_counts(const ContributionCounts& row) {
  return fmt::format("policies {}, questions {}, opinions {}, actions {}, articles {}; submitted {}; changed at {}",
                     row.visible[1], row.visible[2], row.visible[3], row.visible[4], row.visible[5], row.submitted,
                     row.position.value);
}

}  // namespace

void ContributionsProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  std::visit([&](const auto& payload) { on(payload, event.envelope, rows); }, event.payload);
}

RowDescription ContributionsProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  const char table = names.table();
  const std::string owner = names.id();
  if (table == 'C') {
    const auto row = decode_row<ContributionRow>(value);
    return {"contribution " + owner, row ? describe_contribution(*row) : "unreadable"};
  }
  if (table == 'T') {
    const auto row = decode_row<TallyRow>(value);
    return {fmt::format("contribution {} tally", owner), row ? describe_tally(*row) : "unreadable"};
  }
  if (table == 'N') {
    const auto row = decode_row<ContributionCounts>(value);
    return {fmt::format("visible contributions of topic {}", owner), row ? describe_counts(*row) : "unreadable"};
  }
  const auto id = decode_row<ContributionId>(value);
  const std::string leads_to = id ? "contribution " + id->text() : "unreadable";
  if (table == 'l') return {fmt::format("contribution to topic {} submitted at {}", owner, names.position().value), leads_to};
  if (table == 'x') return {fmt::format("contribution to topic {} with source id {}", owner, names.rest()), leads_to};
  return {"unknown row", to_hex(value)};
}

Result<ContributionItem> ContributionQueries::item(ContributionRow row) const {
  Result<TallyRow> counted = tally(row.id);
  if (!counted) return counted.error();
  const auto now = reader_.latest_row<ContributionRow>(contribution_key(row.id));
  if (!now) return now.error();
  return ContributionItem{std::move(row), *counted, *now && is_visible(**now)};
}

Result<std::optional<ContributionItem>> ContributionQueries::get(ContributionId id) const {
  auto row = reader_.row<ContributionRow>(contribution_key(id));
  if (!row) return row.error();
  if (!*row) return std::optional<ContributionItem>();
  Result<ContributionItem> found = item(std::move(**row));
  if (!found) return found.error();
  return std::optional<ContributionItem>(std::move(*found));
}

Result<std::optional<ContributionItem>> ContributionQueries::by_source_id(TopicId topic, std::string_view source_id) const {
  const auto id = indexed_id<ContributionId>(reader_, make_key('x', topic, source_id));
  if (!id) return id.error();
  if (!*id) return std::optional<ContributionItem>();
  return get(**id);
}

Result<Page<ContributionItem>> ContributionQueries::list(TopicId topic, const PageRequest& request,
                                                         const ContributionFilter& filter) const {
  Page<ContributionItem> page;
  const auto accept = [&](const ContributionRow& row) -> Result<bool> {
    if (filter.kind && row.kind != *filter.kind) return false;
    if (filter.status && row.status != *filter.status) return false;
    Result<ContributionItem> found = item(row);
    if (!found) return found.error();
    if (filter.only_visible_now && !found->visible_now) return false;
    page.items.push_back(std::move(*found));
    return true;
  };
  auto rows = list_rows<ContributionRow>(reader_, make_key('l', topic), kPositionBytes, request, contribution_key, accept);
  if (!rows) return rows.error();
  page.next = std::move(rows->next);
  return page;
}

Result<TallyRow> ContributionQueries::tally(ContributionId id) const {
  const auto row = reader_.row<TallyRow>(tally_key(id));
  if (!row) return row.error();
  return row->value_or(TallyRow{});
}

Result<ContributionCounts> ContributionQueries::counts(TopicId topic) const {
  const auto row = reader_.row<ContributionCounts>(counts_key(topic));
  if (!row) return row.error();
  return row->value_or(ContributionCounts{});
}

}  // namespace civiclog
