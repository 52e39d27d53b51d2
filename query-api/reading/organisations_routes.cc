#include "query-api/reading/organisations_routes.h"

#include "query-api/reading/json_values.h"

namespace civiclog {
namespace {

boost::json::object organisation_json(Reading& reading, const OrganisationRow& row) {
  boost::json::object out;
  out["id"] = id_json(row.id);
  out["slug"] = text_json(row.slug);
  out["name"] = reading.words().show(row.name);
  out["registered"] = moment_json(row.registered);
  return out;
}

Result<Reply> list_organisations(Reading& reading, const PathParameters&) {
  const Result<OrganisationQueries> organisations = reading.then<OrganisationQueries>();
  if (!organisations) return organisations.error();
  const Result<Page<OrganisationRow>> page = organisations->list(reading.page());
  if (!page) return page.error();
  boost::json::array items;
  for (const OrganisationRow& row : page->items) items.push_back(organisation_json(reading, row));
  return list_reply(reading, std::move(items), page->next);
}

Result<Reply> one_organisation(Reading& reading, const PathParameters& parameters) {
  const Result<OrganisationRow> row = find_organisation(reading, parameters.at("organisation"));
  if (!row) return row.error();
  return Reply{organisation_json(reading, *row), row->changed};
}

}  // namespace

Result<OrganisationRow> find_organisation(const Reading& reading, std::string_view id_or_slug) {
  const Result<OrganisationQueries> organisations = reading.then<OrganisationQueries>();
  if (!organisations) return organisations.error();
  if (const std::optional<Uuid> id = parse_uuid(id_or_slug)) {
    Result<std::optional<OrganisationRow>> row = organisations->get(OrganisationId{*id});
    if (!row) return row.error();
    if (*row) return std::move(**row);
  }
  Result<std::optional<OrganisationRow>> row = organisations->by_slug(id_or_slug);
  if (!row) return row.error();
  if (!*row) return nothing_here("organisation");
  return std::move(**row);
}

ReadRoutes organisations_routes() {
  return {{"/v1/organisations", {{"organisations"}, {}, RouteShape::kList}, list_organisations},
          {"/v1/organisations/{organisation}", {{"organisations"}, {}}, one_organisation}};
}

}  // namespace civiclog
