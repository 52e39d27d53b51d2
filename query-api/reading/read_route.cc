#include "query-api/reading/read_route.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "query-api/door/entity_tag.h"
#include "query-api/door/problem.h"

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
  } else if (error.code == ErrorCode::kUnavailable && error.rule.empty()) {
    // From below, and it may name files.
    side.options().log(error.message);
    problem.detail = "This cannot be answered now; ask again in a moment.";
  } else if (!error.rule.empty()) {
    problem.code = error.rule;
    problem.rule.clear();
  }
  return problem_response(problem).with("Cache-Control", "no-store");
}

HttpResponse tagged_response(const HttpRequest& request, std::string body, Position position, const std::string& tag) {
  const bool same = matches_tag(request.joined_header("if-none-match"), tag);
  HttpResponse response = same ? empty_response(304) : json_response(200, std::move(body));
  return std::move(response)
      .with("ETag", fmt::format("\"{}\"", tag))
      .with("Cache-Control", "no-cache")
      .with("Civic-Position", std::to_string(position.value));
}

namespace {

using MadeAnswer = tl::expected<AnswerCache::Answer, HttpResponse>;

MadeAnswer make_answer(const ReadSide& side, const ReadRoute& route, const HttpRequest& request, const PathParameters& parameters,
                       bool has_waited) {
  Result<Reading> reading = Reading::begin(side, request, route.reads, has_waited);
  if (!reading) return tl::unexpected(reading_problem(side, reading.error()));
  const Position position = reading->position();
  Result<Reply> answer = route.answer(*reading, parameters);
  if (answer && !reading->words().status()) answer = reading->words().status().error();
  if (!answer) {
    return tl::unexpected(reading_problem(side, answer.error()).with("Civic-Position", std::to_string(position.value)));
  }
  std::string body = boost::json::serialize(answer->body);
  std::string tag = tag_of(*reading, *answer, body);
  return AnswerCache::Answer{with_position(std::move(body), position), std::move(tag), position};
}

HttpResponse response_of(const HttpRequest& request, MadeAnswer made) {
  if (!made) return std::move(made.error());
  return tagged_response(request, std::move(made->body), made->position, made->tag);
}

// Not what waits for a position: its address is new each time.
bool is_cacheable(const HttpRequest& request) {
  constexpr size_t kMaxTarget = 512;
  return request.target.size() <= kMaxTarget && std::ranges::none_of(request.query, [](const Field& parameter) {
    return parameter.name == "min_position" || parameter.name == "wait";
  });
}

// Only for what everybody is answered alike.
HttpResponse answer_publicly(const ReadSide& side, const ReadRoute& route, const HttpRequest& request,
                             const PathParameters& parameters) {
  if (!is_cacheable(request)) return response_of(request, make_answer(side, route, request, parameters, false));
  const AnswerStamp stamp = side.stamp();  // Before anything is read.
  if (auto known = side.answers().find(request.target, stamp)) return response_of(request, std::move(*known));
  MadeAnswer made = make_answer(side, route, request, parameters, false);
  if (made) side.answers().keep(request.target, stamp, *made);
  return response_of(request, std::move(made));
}

}  // namespace

HttpResponse answer_reading(const ReadSide& side, const ReadRoute& route, const HttpRequest& request,
                            const PathParameters& parameters, bool has_waited) {
  return response_of(request, make_answer(side, route, request, parameters, has_waited));
}

Response answer_reading_when_applied(const ReadSide& side, const ReadRoute& route, const HttpRequest& request,
                                     const PathParameters& parameters) {
  const std::optional<ReadingWait> wait = Reading::wait_of(side, request, route.reads);
  if (!wait) return answer_publicly(side, route, request, parameters);
  const auto kept = std::make_shared<const HttpRequest>(request);
  const PathParameters kept_parameters = parameters.of(request, *kept);
  LaterResponse later;
  later.on_timeout = reading_problem(side, {ErrorCode::kUnavailable, "This took too long; ask again in a moment.", kNotCaughtUp});
  later.begin = [&side, &route, kept, kept_parameters, wait](const Respond& respond) {
    const auto answer = [&side, &route, kept, kept_parameters] { return answer_reading(side, route, *kept, kept_parameters, true); };
    if (side.when_applied(route.reads.models, wait->position, wait->at_most, [respond, answer] { respond(answer); })) return;
    respond([&side] {
      return reading_problem(side, {ErrorCode::kUnavailable,
                                    "Too many requests wait for the read models already; ask again in a moment.", kTooManyWaiting});
    });
  };
  return later;
}

}  // namespace civiclog
