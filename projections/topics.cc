#include "projections/topics.h"

#include <fmt/format.h>

#include "projections/listing.h"

namespace civiclog {
namespace {

std::string topic_key(TopicId id) { return make_key('T', id); }
std::string import_key(TopicId id) { return make_key('I', id); }

// The topic's row changed by `change`, which says whether it changed anything.
template <typename Change>
void update(const Envelope& envelope, ViewWriter& rows, Change change) {
  if (envelope.stream.kind != StreamKind::kTopic) return;
  const TopicId id{envelope.stream.id};
  std::optional<TopicRow> row = rows.row<TopicRow>(topic_key(id));
  if (!row || !change(*row)) return;
  row->changed = envelope.position;
  rows.put_row(topic_key(id), *row);
}

void on(const TopicLaunched& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kTopic) return;
  const TopicId id{envelope.stream.id};
  if (rows.get(topic_key(id))) return;
  TopicRow row;
  row.id = id;
  row.organisation = event.organisation;
  row.slug = event.slug;
  row.title = event.title.id;
  row.summary = event.summary.id;
  row.source_id = event.source_id;
  row.launched = moment_of(envelope);
  row.changed = envelope.position;
  rows.put_row(topic_key(id), row);
  rows.put_index(make_key('l', envelope.position), encode_row(id));
  rows.put_index(make_key('o', event.organisation, envelope.position), encode_row(id));
  const std::string slug = make_key('s', std::string_view(event.slug));
  if (!rows.get(slug)) rows.put_index(slug, encode_row(id));
}

void on(const PhasesDefined& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](TopicRow& row) {
    std::vector<PhaseRow> phases;
    for (const Phase& phase : event.phases) phases.push_back({phase, {}, {}});
    // What has been opened stays opened: a plan does not undo it.
    for (size_t i = 0; i < phases.size() && i < row.phases.size(); ++i) {
      phases[i].opened = row.phases[i].opened;
      phases[i].closed = row.phases[i].closed;
    }
    row.phases = std::move(phases);
    if (row.current_phase && *row.current_phase >= row.phases.size()) row.current_phase.reset();
    return true;
  });
}

void on(const RulesSet& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](TopicRow& row) {
    row.rules = event.rules;
    return true;
  });
}

void on(const PhaseOpened& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](TopicRow& row) {
    if (event.phase >= row.phases.size()) return false;
    row.phases[event.phase].opened = moment_of(envelope);
    row.current_phase = event.phase;
    return true;
  });
}

void on(const PhaseClosed& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](TopicRow& row) {
    if (event.phase >= row.phases.size()) return false;
    row.phases[event.phase].closed = moment_of(envelope);
    if (row.current_phase == event.phase) row.current_phase.reset();
    return true;
  });
}

void on(const PhaseExtended& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](TopicRow& row) {
    if (event.phase >= row.phases.size()) return false;
    row.phases[event.phase].planned.ends_at = event.new_end;
    return true;
  });
}

void on(const BoxOpened& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](TopicRow& row) {
    row.box = BoxRow{event.box, event.secrecy, event.key_fingerprint, event.rules_hash, moment_of(envelope), {}};
    rows.put_index(make_key('b', event.box), encode_row(row.id));
    return true;
  });
}

void on(const BoxClosed& event, const Envelope& envelope, ViewWriter& rows) {
  update(envelope, rows, [&](TopicRow& row) {
    if (!row.box || row.box->id != event.box) return false;
    row.box->closed = moment_of(envelope);
    return true;
  });
}

void on(const ImportStarted& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kImport) return;
  // An import may be announced before the topic it makes, so the topic need not be known.
  rows.put_row(import_key(event.topic),
               ImportRow{ImportId{envelope.stream.id}, event.topic, event.source, event.content_digest, event.imported_at,
                         event.drives_clock, event.attributes.id, envelope.position});
}

template <typename Other>
void on(const Other&, const Envelope&, ViewWriter&) {}

std::string describe_topic(const TopicRow& row) {
  std::string phases;
  for (const PhaseRow& phase : row.phases) {
    phases += fmt::format(" {}({}-{})", name_of(phase.planned.kind), phase.opened ? phase.opened->position.value : 0,
                          phase.closed ? phase.closed->position.value : 0);
  }
  return fmt::format("slug {}, organisation {}, launched at {}, phases [{} ], current phase {}, box {}, changed at {}", row.slug,
                     row.organisation.text(), row.launched.position.value, phases,
                     row.current_phase ? std::to_string(*row.current_phase) : "none", row.box ? row.box->id.text() : "none",
                     row.changed.value);
}

}  // namespace

void TopicsProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  std::visit([&](const auto& payload) { on(payload, event.envelope, rows); }, event.payload);
}

RowDescription TopicsProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  if (names.table() == 'T') {
    const auto row = decode_row<TopicRow>(value);
    return {"topic " + names.id(), row ? describe_topic(*row) : "unreadable"};
  }
  if (names.table() == 'I') {
    const auto row = decode_row<ImportRow>(value);
    return {"import of topic " + names.id(),
            row ? fmt::format("source {}, digest {}, at {}", row->source, to_hex(view(row->content_digest)), row->position.value)
                : "unreadable"};
  }
  const auto id = decode_row<TopicId>(value);
  const std::string leads_to = id ? "topic " + id->text() : "unreadable";
  if (names.table() == 's') return {"topic slug " + names.rest(), leads_to};
  if (names.table() == 'b') return {"topic of box " + names.id(), leads_to};
  if (names.table() == 'l') return {fmt::format("topic launched at {}", names.position().value), leads_to};
  if (names.table() == 'o') {
    const std::string organisation = names.id();
    return {fmt::format("topic of organisation {} launched at {}", organisation, names.position().value), leads_to};
  }
  return {"unknown row", to_hex(value)};
}

Result<std::optional<TopicRow>> TopicQueries::get(TopicId id) const { return reader_.row<TopicRow>(topic_key(id)); }

Result<std::optional<TopicRow>> TopicQueries::by_slug(std::string_view slug) const {
  const auto id = indexed_id<TopicId>(reader_, make_key('s', slug));
  if (!id) return id.error();
  return *id ? get(**id) : std::optional<TopicRow>();
}

Result<std::optional<TopicRow>> TopicQueries::by_box(BoxId box) const {
  const auto id = indexed_id<TopicId>(reader_, make_key('b', box));
  if (!id) return id.error();
  return *id ? get(**id) : std::optional<TopicRow>();
}

Result<Page<TopicRow>> TopicQueries::list(const PageRequest& request) const {
  return list_rows<TopicRow>(reader_, make_key('l'), kPositionBytes, request, topic_key);
}

Result<Page<TopicRow>> TopicQueries::list(OrganisationId organisation, const PageRequest& request) const {
  return list_rows<TopicRow>(reader_, make_key('o', organisation), kPositionBytes, request, topic_key);
}

Result<std::optional<ImportRow>> TopicQueries::import_of(TopicId id) const { return reader_.row<ImportRow>(import_key(id)); }

}  // namespace civiclog
