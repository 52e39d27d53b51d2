#pragma once

#include <functional>
#include <string>

#include "query-api/door/router.h"
#include "query-api/reading/read_side.h"

// GET /v1/head   where the log ends
// GET /healthz   the process answers
// GET /readyz    200 when every read model runs and is at most kMaxReadyLag events behind; otherwise 503, naming those that
//                do not, or that the log has failed, or that the service is stopping

namespace civiclog {

// `failure` says why the installation should not serve (Installation::failure()); empty while it should. All must outlive the router.
void add_head_routes(Router& router, const ReadSide& side, std::function<std::string()> failure);

}  // namespace civiclog
