#include "query-api/door/problem.h"

#include <boost/json.hpp>

namespace civiclog {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return 400;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kRejected:
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kCommandReused: return 422;
    case ErrorCode::kUnavailable:
    case ErrorCode::kOutcomeUnknown: return 503;
    case ErrorCode::kCorrupt:
    case ErrorCode::kIncompatible:
    case ErrorCode::kIo: return 500;
  }
  return 500;
}

}  // namespace

Problem internal_problem() {
  return {500, "internal", "The server could not answer this request; its operator finds the reason in its log.", {}, {}};
}

Problem to_problem(const Error& error) {
  const int status = status_of(error.code);
  if (status == 500) return internal_problem();
  Problem problem{status, name_of(error.code), error.message, error.rule, {}};
  if (status == 503) problem.retry_after_seconds = kRetryAfterSeconds;
  return problem;
}

HttpResponse problem_response(const Problem& problem) {
  boost::json::object body;
  body["type"] = "urn:civiclog:problem:" + problem.code;
  body["title"] = std::string(reason_of(problem.status));
  body["status"] = problem.status;
  body["code"] = problem.code;
  body["detail"] = problem.detail;
  if (!problem.rule.empty()) body["rule"] = problem.rule;
  HttpResponse response = content_response(problem.status, "application/problem+json", boost::json::serialize(body));
  if (problem.retry_after_seconds) response.with("Retry-After", std::to_string(*problem.retry_after_seconds));
  return response;
}

HttpResponse problem_response(const Error& error) { return problem_response(to_problem(error)); }

HttpResponse problem_response(int status, std::string code, std::string detail) {
  return problem_response(Problem{status, std::move(code), std::move(detail), {}, {}});
}

}  // namespace civiclog
