#pragma once

#include "query-api/reading/read_route.h"

// GET /v1/topics?organisation=&order=  in order of launching; of one organisation, by id or slug
// GET /v1/topics/{topic}        by id or slug

namespace civiclog {

ReadRoutes topics_routes();

}  // namespace civiclog
