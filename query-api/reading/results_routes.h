#pragma once

#include "query-api/reading/read_route.h"

// GET /v1/topics/{topic}/results  every contribution with its tally, in order of submission, and where the numbers come from
//
// What is hidden today is listed without its words: moderation changes what is shown, never what was counted.

namespace civiclog {

ReadRoutes results_routes();

}  // namespace civiclog
