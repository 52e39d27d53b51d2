#include "projections/organisations.h"

#include <algorithm>

#include <fmt/format.h>

#include "projections/listing.h"

namespace civiclog {
namespace {

std::string organisation_key(OrganisationId id) { return make_key('O', id); }
std::string role_key(OrganisationId organisation, ParticipantId participant) { return make_key('R', organisation, participant); }
constexpr size_t kRoleKeyBytes = 1 + 2 * kIdBytes;

void touch(OrganisationId id, Position position, ViewWriter& rows) {
  std::optional<OrganisationRow> row = rows.row<OrganisationRow>(organisation_key(id));
  if (!row) return;
  row->changed = position;
  rows.put_row(organisation_key(id), *row);
}

void on(const OrganisationRegistered& event, const Envelope& envelope, ViewWriter& rows) {
  const OrganisationId id{envelope.stream.id};
  if (rows.get(organisation_key(id))) return;
  rows.put_row(organisation_key(id),
               OrganisationRow{id, event.slug, event.name.id, moment_of(envelope), envelope.position});
  rows.put_index(make_key('l', envelope.position), encode_row(id));
  const std::string slug = make_key('s', std::string_view(event.slug));
  if (!rows.get(slug)) rows.put_index(slug, encode_row(id));
}

void on(const RoleGranted& event, const Envelope& envelope, ViewWriter& rows) {
  const OrganisationId id{envelope.stream.id};
  if (!rows.get(organisation_key(id))) return;
  RoleRow row = rows.row<RoleRow>(role_key(id, event.participant)).value_or(RoleRow{id, event.participant, {}, {}});
  const auto held = std::find_if(row.roles.begin(), row.roles.end(), [&](const HeldRole& r) { return r.role == event.role; });
  if (held == row.roles.end()) row.roles.push_back({event.role, envelope.position});
  row.changed = envelope.position;
  rows.put_row(role_key(id, event.participant), row);
  touch(id, envelope.position, rows);
}

void on(const RoleRevoked& event, const Envelope& envelope, ViewWriter& rows) {
  const OrganisationId id{envelope.stream.id};
  std::optional<RoleRow> row = rows.row<RoleRow>(role_key(id, event.participant));
  if (!row) return;
  std::erase_if(row->roles, [&](const HeldRole& held) { return held.role == event.role; });
  row->changed = envelope.position;
  rows.put_row(role_key(id, event.participant), *row);
  touch(id, envelope.position, rows);
}

template <typename Other>
void on(const Other&, const Envelope&, ViewWriter&) {}

}  // namespace

void OrganisationsProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  if (event.envelope.stream.kind != StreamKind::kOrganisation) return;
  std::visit([&](const auto& payload) { on(payload, event.envelope, rows); }, event.payload);
}

RowDescription OrganisationsProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  if (names.table() == 'O') {
    const std::string subject = "organisation " + names.id();
    const auto row = decode_row<OrganisationRow>(value);
    if (!row) return {subject, "unreadable"};
    return {subject, fmt::format("slug {}, name word {}, registered at {}, changed at {}", row->slug, row->name.text(),
                                 row->registered.position.value, row->changed.value)};
  }
  if (names.table() == 'R') {
    const std::string organisation = names.id();
    const std::string subject = fmt::format("roles of participant {} in organisation {}", names.id(), organisation);
    const auto row = decode_row<RoleRow>(value);
    if (!row) return {subject, "unreadable"};
    std::string roles;
    for (const HeldRole& held : row->roles) roles += fmt::format("{} since {}, ", name_of(held.role), held.since.value);
    return {subject, fmt::format("{}changed at {}", roles, row->changed.value)};
  }
  const auto id = decode_row<OrganisationId>(value);
  const std::string leads_to = id ? "organisation " + id->text() : "unreadable";
  if (names.table() == 's') return {"organisation slug " + names.rest(), leads_to};
  if (names.table() == 'l') return {fmt::format("organisation registered at {}", names.position().value), leads_to};
  return {"unknown row", to_hex(value)};
}

Result<std::optional<OrganisationRow>> OrganisationQueries::get(OrganisationId id) const {
  return reader_.row<OrganisationRow>(organisation_key(id));
}

Result<std::optional<OrganisationRow>> OrganisationQueries::by_slug(std::string_view slug) const {
  const auto id = indexed_id<OrganisationId>(reader_, make_key('s', slug));
  if (!id) return id.error();
  if (!*id) return std::optional<OrganisationRow>();
  return get(**id);
}

Result<Page<OrganisationRow>> OrganisationQueries::list(const PageRequest& request) const {
  return list_rows<OrganisationRow>(reader_, make_key('l'), kPositionBytes, request, organisation_key);
}

Result<std::optional<RoleRow>> OrganisationQueries::roles(OrganisationId organisation, ParticipantId participant) const {
  return reader_.row<RoleRow>(role_key(organisation, participant));
}

Result<Page<RoleRow>> OrganisationQueries::roles(OrganisationId organisation, const PageRequest& request) const {
  if (request.limit == 0 || request.limit > kMaxPageItems || (!request.after.empty() && request.after.size() != kIdBytes)) {
    return invalid_argument("The page asked for cannot be given; ask for 1 to 1000 items, and begin without a cursor.");
  }
  Page<RoleRow> page;
  Status failed;
  const Status scanned = reader_.scan(make_key('R', organisation), kRoleKeyBytes, request.after,
                                      [&](std::string_view, std::string_view value) {
    std::optional<RoleRow> row = decode_row<RoleRow>(value);
    if (!row) {
      failed = corrupt("A row of the read models cannot be read; run `civic-replay rebuild`.");
      return false;
    }
    if (row->roles.empty()) return true;
    if (page.items.size() == request.limit) {
      page.next = view(page.items.back().participant.uuid.bytes);
      return false;
    }
    page.items.push_back(std::move(*row));
    return true;
  });
  if (!scanned) return scanned.error();
  if (!failed) return failed.error();
  return page;
}

}  // namespace civiclog
