#pragma once

#include <string_view>

#include "query-api/door/router.h"

// GET /openapi.json: what every route takes and answers, as OpenAPI 3.1. It is docs/openapi.json with the version of this build,
// compiled in; tests hold it against the routes, both ways.

namespace civiclog {

class ReadSide;

// For as long as the program runs.
std::string_view openapi_document();

// All must outlive the router.
void add_openapi_route(Router& router, const ReadSide& side);

}  // namespace civiclog
