#pragma once

#include "query-api/reading/read_route.h"

// GET /v1/topics/{topic}/activity?order=newest|oldest
// GET /v1/organisations/{organisation}/activity?order=newest|oldest
//
// Everything that happened, the governance of the process included: who, when and why. Ballots are left out (see
// projections/activity.h). Newest first unless asked otherwise. Why somebody flagged something is not told.

namespace civiclog {

ReadRoutes activity_routes();

}  // namespace civiclog
