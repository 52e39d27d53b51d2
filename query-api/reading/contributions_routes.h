#pragma once

#include "query-api/reading/read_route.h"

// GET /v1/topics/{topic}/contributions?kind=&status=&order=  in order of submission
// GET /v1/contributions/{contribution}
//
// A list leaves out what is not visible today, unless a status is asked for by name; then what is not visible is
// listed without its words.

namespace civiclog {

ReadRoutes contributions_routes();

}  // namespace civiclog
