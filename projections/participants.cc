#include "projections/participants.h"

#include <fmt/format.h>

#include "projections/listing.h"

namespace civiclog {
namespace {

std::string participant_key(ParticipantId id) { return make_key('P', id); }

void on(const ParticipantJoined& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kParticipant) return;
  const ParticipantId id{envelope.stream.id};
  if (rows.get(participant_key(id))) return;
  ParticipantRow row;
  row.id = id;
  row.source_id = event.source_id;
  row.joined = moment_of(envelope);
  row.changed = envelope.position;
  rows.put_row(participant_key(id), row);
  rows.put_index(make_key('l', envelope.position), encode_row(id));
  if (event.source_id.empty()) return;
  const std::string source = make_key('x', std::string_view(event.source_id));
  if (!rows.get(source)) rows.put_index(source, encode_row(id));
}

void on(const ParticipantVerified& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kParticipant) return;
  std::optional<ParticipantRow> row = rows.row<ParticipantRow>(participant_key(ParticipantId{envelope.stream.id}));
  if (!row) return;
  row->verified = moment_of(envelope);
  row->method = event.method;
  row->identity = event.identity.id;
  row->changed = envelope.position;
  rows.put_row(participant_key(row->id), *row);
}

void on(const WordsErased& event, const Envelope& envelope, ViewWriter& rows) {
  rows.put_index(make_key('e', envelope.position),
                 encode_row(ErasureRow{moment_of(envelope), event.reason, !event.author.is_nil(), event.words.size()}));
}

template <typename Other>
void on(const Other&, const Envelope&, ViewWriter&) {}

}  // namespace

void ParticipantsProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  std::visit([&](const auto& payload) { on(payload, event.envelope, rows); }, event.payload);
}

RowDescription ParticipantsProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  if (names.table() == 'P') {
    const auto row = decode_row<ParticipantRow>(value);
    return {"participant " + names.id(),
            row ? fmt::format("source id '{}', joined at {}, verified '{}', identity word {}, changed at {}", row->source_id,
                              row->joined.position.value, row->method, row->identity.text(), row->changed.value)
                : "unreadable"};
  }
  if (names.table() == 'e') {
    const auto row = decode_row<ErasureRow>(value);
    return {fmt::format("erasure at {}", names.position().value),
            row ? fmt::format("{}, {} words named{}", name_of(row->reason), row->words,
                              row->all_of_an_author ? ", all words of an author" : "")
                : "unreadable"};
  }
  const auto id = decode_row<ParticipantId>(value);
  const std::string leads_to = id ? "participant " + id->text() : "unreadable";
  if (names.table() == 'l') return {fmt::format("participant joined at {}", names.position().value), leads_to};
  if (names.table() == 'x') return {"participant with source id " + names.rest(), leads_to};
  return {"unknown row", to_hex(value)};
}

Result<std::optional<ParticipantRow>> ParticipantQueries::get(ParticipantId id) const {
  return reader_.row<ParticipantRow>(participant_key(id));
}

Result<std::optional<ParticipantRow>> ParticipantQueries::by_source_id(std::string_view source_id) const {
  const auto id = indexed_id<ParticipantId>(reader_, make_key('x', source_id));
  if (!id) return id.error();
  return *id ? get(**id) : std::optional<ParticipantRow>();
}

Result<Page<ParticipantRow>> ParticipantQueries::list(const PageRequest& request) const {
  return list_rows<ParticipantRow>(reader_, make_key('l'), kPositionBytes, request, participant_key);
}

Result<Page<ErasureRow>> ParticipantQueries::erasures(const PageRequest& request) const {
  Page<ErasureRow> page;
  auto next = walk_page(reader_, make_key('e'), kPositionBytes, request, [&](std::string_view, std::string_view value) -> Result<bool> {
    const std::optional<ErasureRow> row = decode_row<ErasureRow>(value);
    if (!row) return corrupt("An erasure of the read models cannot be read; run `civic-replay rebuild`.");
    page.items.push_back(*row);
    return true;
  });
  if (!next) return next.error();
  page.next = std::move(*next);
  return page;
}

}  // namespace civiclog
