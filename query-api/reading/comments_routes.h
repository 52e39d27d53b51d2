#pragma once

#include "query-api/reading/read_route.h"

// GET /v1/contributions/{contribution}/comments?stance=&show=visible|all  depth first: every comment before its answers,
//                                                                         siblings oldest first
// GET /v1/comments/{comment}
//
// A comment's words are shown while it and what it comments on are visible today. The list leaves out the others, unless
// show=all asks for them too, without words, to keep the thread whole.

namespace civiclog {

ReadRoutes comments_routes();

}  // namespace civiclog
