#pragma once

#include "query-api/reading/read_route.h"

// GET /v1/events?after=&limit=  the public form of every event, in order of position (events/public_form.h)
//
// "next" is the position to give as "after". An event that is its own public form comes decoded, too; one that is sealed
// says its box, its day and its commitment, and no more.

namespace civiclog {

ReadRoutes events_routes();

}  // namespace civiclog
