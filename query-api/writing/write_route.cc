#include "query-api/writing/write_route.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "base/crypto.h"
#include "query-api/door/problem.h"
#include "query-api/reading/json_values.h"
#include "query-api/writing/write_problem.h"

namespace civiclog {
namespace {

Error nothing_at(std::string_view what) { return not_found(fmt::format("There is no such {}.", what)); }

Result<std::string> idempotency_key(const HttpRequest& request) {
  const std::string key = request.joined_header("idempotency-key");
  const bool sound = std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7F; });
  if (!key.empty() && key.size() <= kMaxIdempotencyKeyBytes && sound) return key;
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("Send a header Idempotency-Key: 1 to {} visible ASCII characters, new for each act and the same for its retries.",
                           kMaxIdempotencyKeyBytes),
               key.empty() ? "idempotency_key_missing" : "idempotency_key_invalid"};
}

// Where what was made can be read: the stream of the first event says what it is, also for a command that was known before.
std::string location_of(const StreamId& stream) {
  const std::string id = stream.id.text();
  switch (stream.kind) {
    case StreamKind::kOrganisation: return "/v1/organisations/" + id;
    case StreamKind::kTopic: return "/v1/topics/" + id;
    case StreamKind::kContribution: return "/v1/contributions/" + id;
    case StreamKind::kComment: return "/v1/comments/" + id;
    default: return {};
  }
}

HttpResponse success(const WriteSide& side, bool creates, const Appended& done) {
  boost::json::object body{{"position", done.last.value}, {"recorded_at", time_json(done.recorded_at)}};
  std::string location;
  if (creates) {
    const Result<StoredEvent> first = read_one(side.log, done.first);
    if (!first) {
      if (side.report) side.report(first.error().message);
      return write_problem(first.error());
    }
    body["id"] = id_json(first->envelope.stream.id);
    location = location_of(first->envelope.stream);
  }
  HttpResponse response = json_response(creates ? 201 : 200, boost::json::serialize(body));
  response.with("Civic-Position", std::to_string(done.last.value)).with("Cache-Control", "no-store");
  response.with("ETag", fmt::format("\"{}\"", done.last.value));
  if (!location.empty()) response.with("Location", std::move(location));
  return response;
}

// A version that is not the one named in If-Match is a precondition that failed (RFC 9110, 13.1.1).
HttpResponse refusal_of(const Error& error, bool if_match) {
  if (error.rule == "precondition_missing") return problem_response(428, error.rule, error.message).with("Cache-Control", "no-store");
  if (if_match && error.rule == "version_conflict") {
    return problem_response(412, error.rule, error.message).with("Cache-Control", "no-store");
  }
  return write_problem(error);
}

HttpResponse answer_of(const WriteSide& side, bool creates, bool if_match, const Result<Appended>& done) {
  if (done) return success(side, creates, *done);
  // Not whose and not what: only that something failed, for the operator to look into.
  if (is_for_the_operator(done.error()) && side.report) side.report(done.error().message);
  return refusal_of(done.error(), if_match);
}

// Once a command is given to the handler, only the log knows what becomes of it.
HttpResponse unknown_outcome() { return write_problem({ErrorCode::kOutcomeUnknown, "The answer did not come in time.", "outcome_unknown"}); }

void submit_counted(const WriteSide& side, CommandRequest asked, Answer answer) {
  const size_t type = asked.command.index();
  const auto begun = std::chrono::steady_clock::now();
  side.metrics->submitted();
  side.commands.submit(std::move(asked), [metrics = side.metrics, type, begun, answer = std::move(answer)](Result<Appended> done) {
    metrics->answered(type, done, std::chrono::steady_clock::now() - begun);
    answer(std::move(done));
  });
}

}  // namespace

Uuid Writing::fresh_id() const { return make_uuid_v7(side.clock(), random_array<16>()); }

Result<Uuid> Writing::id_in_path(std::string_view parameter) const {
  const std::optional<Uuid> id = parse_uuid(parameters.at(parameter));
  if (!id || id->is_nil()) return nothing_at(parameter);
  return *id;
}

OrganisationId Writing::organisation_in_path() const {
  const std::string_view name = parameters.at("organisation");
  const std::optional<Uuid> id = parse_uuid(name);
  return id ? OrganisationId{*id} : organisation_id_of(name);
}

TopicId Writing::topic_in_path() const {
  const std::string_view name = parameters.at("topic");
  const std::optional<Uuid> id = parse_uuid(name);
  return id ? TopicId{*id} : topic_id_of(name);
}

Result<uint16_t> Writing::phase_in_path() const {
  const std::string_view text = parameters.at("phase");
  uint16_t phase = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), phase);
  if (failure != std::errc() || end != text.data() + text.size()) return nothing_at("phase");
  return phase;
}

Response answer_writing(const WriteSide& side, const WriteRoute& route, const HttpRequest& request, const PathParameters& parameters) {
  if (!request.query.empty()) {
    return write_problem({ErrorCode::kInvalidArgument, "A writing request takes no query parameters.", "parameter_unknown"});
  }
  const auto caller = side.gate.admit(request);
  if (!caller) return caller.error();
  if (caller->issuer.is_system() && !route.bootstraps) {
    return problem_response(403, "bootstrap_only", "The installation's own token only sets up: people act with tokens of their own.");
  }
  const Result<std::string> key = idempotency_key(request);
  if (!key) return write_problem(key.error());
  const auto body = read_json_body(request);
  if (!body) return body_problem(body.error());
  Fields fields(*body);
  Writing writing{side, request, parameters, *caller, fields};
  Result<Command> command = route.command(writing);
  if (!command && command.error().code == ErrorCode::kNotFound) return write_problem(command.error());
  if (const std::optional<BodyFault> fault = fields.finish()) return body_problem(*fault);
  const bool if_match = request.header("if-match").has_value();
  if (!command) return refusal_of(command.error(), if_match);
  CommandRequest asked{command_id_of(caller->subject, *key), caller->issuer, std::move(*command), {}, {}};
  LaterResponse later;
  later.on_timeout = unknown_outcome();
  later.begin = [&side, creates = route.creates, if_match, asked = std::move(asked)](Respond respond) mutable {
    submit_counted(side, std::move(asked), [&side, creates, if_match, respond = std::move(respond)](Result<Appended> done) {
      // The answer is made by the door's thread: the handler's has other commands to decide.
      respond([&side, creates, if_match, done = std::move(done)] { return answer_of(side, creates, if_match, done); });
    });
  };
  return later;
}

}  // namespace civiclog
