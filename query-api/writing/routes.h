#pragma once

#include "query-api/writing/write_route.h"

// Every command there is, by noun, as routes. StartImport has none: whole histories come in through `civic-replay import`.

namespace civiclog {

WriteRoutes organisation_writes();
WriteRoutes participant_writes();
WriteRoutes topic_writes();
WriteRoutes contribution_writes();
WriteRoutes comment_writes();
WriteRoutes ballot_writes();
WriteRoutes moderation_writes();

}  // namespace civiclog
