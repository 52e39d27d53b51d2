#include "query-api/read_route.h"

#include <fmt/format.h>

#include "query-api/problem.h"

namespace civiclog {
namespace {

// The body's last member is added to the text, so that a list's tag can be taken without it.
std::string with_position(std::string body, Position position) {
  body.pop_back();
  if (body.size() > 1) body += ',';
  return fmt::format("{}\"position\":{}}}", body, position.value);
}

std::string tag_of(const Reading& reading, const Reply& answer, std::string_view body) {
  if (answer.changed) {
    return fmt::format("{}-{}-{}", answer.changed->value, reading.versions(), reading.words().revision());
  }
  return fmt::format("l{}", to_hex(view(sha256(body)).substr(0, 12)));
}

// RFC 9110, 13.1.2: a list of tags or "*", compared without regard to weakness.
bool matches(std::string_view list, std::string_view tag) {
  const std::string quoted = fmt::format("\"{}\"", tag);
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    while (one.starts_with(' ') || one.starts_with('\t')) one.remove_prefix(1);
    while (one.ends_with(' ') || one.ends_with('\t')) one.remove_suffix(1);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == quoted) return true;
  }
  return false;
}

}  // namespace

Reply list_reply(const Reading& reading, boost::json::array items, const std::string& resume) {
  Reply answer;
  answer.body["items"] = std::move(items);
  answer.body["next"] = reading.next_json(resume);
  return answer;
}

Error nothing_here(std::string_view what) {
  return not_found(fmt::format("There is no such {} here, or there was none at that moment.", what));
}

HttpResponse reading_problem(const ReadSide& side, const Error& error) {
  Problem problem = to_problem(error);
  if (problem.status == 500) {
    side.options().log(error.message);
  } else if (!error.rule.empty()) {
    problem.code = error.rule;
    problem.rule.clear();
  }
  return problem_response(problem).with("Cache-Control", "no-store");
}

HttpResponse tagged_response(const HttpRequest& request, std::string body, Position position, const std::string& tag) {
  const bool same = matches(request.joined_header("if-none-match"), tag);
  HttpResponse response = same ? empty_response(304) : json_response(200, std::move(body));
  return std::move(response)
      .with("ETag", fmt::format("\"{}\"", tag))
      .with("Cache-Control", "no-cache")
      .with("Civic-Position", std::to_string(position.value));
}

HttpResponse answer_reading(const ReadSide& side, const ReadRoute& route, const HttpRequest& request,
                            const PathParameters& parameters) {
  Result<Reading> reading = Reading::begin(side, request, route.reads);
  if (!reading) return reading_problem(side, reading.error());
  const Position position = reading->position();
  Result<Reply> answer = route.answer(*reading, parameters);
  if (answer && !reading->words().status()) answer = reading->words().status().error();
  if (!answer) return reading_problem(side, answer.error()).with("Civic-Position", std::to_string(position.value));
  std::string body = boost::json::serialize(answer->body);
  const std::string tag = tag_of(*reading, *answer, body);
  return tagged_response(request, with_position(std::move(body), position), position, tag);
}

}  // namespace civiclog
