#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "query-api/door/http_response.h"

// Errors over HTTP: application/problem+json (RFC 9457) with the members
//   type    "urn:civiclog:problem:" + code
//   title   the reason phrase of the status
//   status  the status again, for those who read only the body
//   code    stable name to program against: of an ErrorCode, or of the door ("route_not_found", …)
//   detail  one sentence for a person
//   rule    only for code "rejected": the stable name of the rule of participation
// Pure; from any thread.

namespace civiclog {

struct Problem {
  int status = 500;
  std::string code;
  std::string detail;
  std::string rule;                        // Left out when empty.
  std::optional<int> retry_after_seconds;  // The Retry-After header.
};

// How soon a client should try again after a 503.
inline constexpr int kRetryAfterSeconds = 1;

// What an Error means to a client. The messages of kCorrupt, kIncompatible and kIo name files and records of this
// installation, so they are replaced by a constant sentence; whoever calls this logs the message first.
Problem to_problem(const Error& error);
// The constant answer to a defect or a damaged installation: status 500, code "internal".
Problem internal_problem();

HttpResponse problem_response(const Problem& problem);
HttpResponse problem_response(const Error& error);
HttpResponse problem_response(int status, std::string code, std::string detail);

}  // namespace civiclog
