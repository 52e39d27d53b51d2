#pragma once

#include "query-api/door/router.h"
#include "query-api/reading/read_side.h"
#include "query-api/writing/gate.h"

namespace civiclog {

// GET /v1/topics/{topic}/ballot: the choices of the caller in the topic's box that stand, for the caller alone. Needs a token; no
// cache keeps it. The tag is computed anew each time from the caller's identity and the key of the box, and kept nowhere.
void add_own_ballot_route(Router& router, const ReadSide& side, Gate& gate);

}  // namespace civiclog
