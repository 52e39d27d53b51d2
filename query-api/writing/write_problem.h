#pragma once

#include "base/result.h"
#include "query-api/door/http_response.h"
#include "query-api/writing/json_body.h"

namespace civiclog {

// The answer to a write that was not done. Its code is the error's rule where there is one: docs/errors.md lists all. 500 for what
// must not be told, which the caller logs.
HttpResponse write_problem(const Error& error);
// Whether the error's message names files of this installation: clients are told a constant sentence instead.
bool is_for_the_operator(const Error& error);
// 400, or 415 and 413, with "pointer".
HttpResponse body_problem(const BodyFault& fault);
// The status of a rule of participation: 403 who, 404 what, 422 how it was asked, 409 when.
int status_of_rule(std::string_view rule);

}  // namespace civiclog
