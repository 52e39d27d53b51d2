#pragma once

#include "query-api/reading/read_route.h"

// GET /v1/topics/{topic}/moderation  the cases of a topic, in order of opening, with their decisions
//
// How often something was flagged is told; who flagged it and in which words is between them and the moderators.

namespace civiclog {

inline constexpr size_t kMaxDecisionsShown = 50;  // Of one case, the newest ones.

ReadRoutes moderation_routes();

}  // namespace civiclog
