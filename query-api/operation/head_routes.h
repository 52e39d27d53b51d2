#pragma once

#include <functional>
#include <vector>

#include "installation/installation.h"
#include "query-api/door/router.h"
#include "query-api/reading/read_side.h"

// GET /v1/head   where the log ends
// GET /healthz   the process answers
// GET /readyz    200 when every read model runs and is at most kMaxReadyLag events behind; otherwise 503, naming those that
//                do not, or what troubles the installation, or that the service is stopping

namespace civiclog {

// `troubles` names what keeps the installation from taking acts (Installation::troubles()). All must outlive the router.
void add_head_routes(Router& router, const ReadSide& side, std::function<std::vector<Trouble>()> troubles);

}  // namespace civiclog
