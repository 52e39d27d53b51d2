#pragma once

#include "projections/organisations.h"
#include "query-api/reading/read_route.h"

// GET /v1/organisations                 in order of registration
// GET /v1/organisations/{organisation}  by id or slug

namespace civiclog {

ReadRoutes organisations_routes();

// By id, or else by slug. kNotFound when it was not there then. The route must read "organisations".
Result<OrganisationRow> find_organisation(const Reading& reading, std::string_view id_or_slug);

}  // namespace civiclog
