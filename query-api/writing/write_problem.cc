#include "query-api/writing/write_problem.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "query-api/door/problem.h"

namespace civiclog {
namespace {

// What an address in the request names, and is not there.
constexpr std::array<std::string_view, 7> kUnknown = {"organisation_unknown", "topic_unknown",  "contribution_unknown", "comment_unknown",
                                                      "target_unknown",       "phase_unknown", "subject_unknown"};
constexpr std::array<std::string_view, 6> kForbidden = {"role_missing", "not_yours",   "not_a_voter", "not_verified",
                                                        "own_content",  "not_counted_with_citizens"};
// Asked in a way that no moment would make right.
constexpr std::array<std::string_view, 23> kUnprocessable = {
    "action_invalid",  "author_mismatch",     "case_mismatch",      "facts_missing",   "ground_invalid",     "kind_not_accepted",
    "link_missing",    "link_unexpected",     "method_invalid",     "not_an_extension", "nothing_to_erase",  "parent_unknown",
    "participant_invalid", "phase_ends_before_start", "phases_invalid", "policy_missing",  "reason_missing",
    "role_not_grantable", "rules_invalid",    "slug_invalid",       "source_id_too_long", "text_missing",    "too_many_words"};

constexpr std::string_view kUnknownOutcome =
    "The act is not confirmed yet, nor refused: repeat it with the same Idempotency-Key to learn what became of it.";
constexpr std::string_view kNotNow = "The record takes no acts at this moment; nothing was written, try again later with the same Idempotency-Key.";

bool contains(const auto& list, std::string_view rule) { return std::ranges::find(list, rule) != list.end(); }

}  // namespace

int status_of_rule(std::string_view rule) {
  if (contains(kUnknown, rule)) return 404;
  if (contains(kForbidden, rule)) return 403;
  if (contains(kUnprocessable, rule)) return 422;
  return 409;
}

bool is_for_the_operator(const Error& error) {
  if (error.code == ErrorCode::kOutcomeUnknown) return true;
  if (error.code == ErrorCode::kUnavailable) return error.rule.empty() || error.rule == "log_stopped";
  return to_problem(error).status == 500;
}

HttpResponse write_problem(const Error& error) {
  Problem problem = to_problem(error);
  if (problem.status == 503 && is_for_the_operator(error)) {
    problem.detail = error.code == ErrorCode::kOutcomeUnknown ? kUnknownOutcome : kNotNow;
  }
  if (problem.status != 500 && !error.rule.empty()) {
    problem.code = error.rule;
    problem.rule.clear();
  }
  if (error.code == ErrorCode::kRejected) problem.status = status_of_rule(error.rule);
  if (error.rule == "too_large") problem.status = 413;
  return problem_response(problem).with("Cache-Control", "no-store");
}

HttpResponse body_problem(const BodyFault& fault) {
  const int status = fault.code == "media_type_unsupported" ? 415 : fault.code == "json_too_large" ? 413 : 400;
  HttpResponse response = problem_response(status, fault.code, fault.detail);
  boost::json::value body = boost::json::parse(response.body);
  body.get_object()["pointer"] = fault.pointer;
  response.body = boost::json::serialize(body);
  return std::move(response).with("Cache-Control", "no-store");
}

}  // namespace civiclog
