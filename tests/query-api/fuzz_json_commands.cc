// Takes a request that writes from its bytes to its command, as the service does, and then to the decision in a small world.
//
//   ISSUER METHOD TARGET        ISSUER is system, officer, citizen or newcomer
//   If-Match, may be empty
//   the body: all the rest
//
// A body that is accepted is JSON to Boost's own parser too, and the same value; its command, written as JSON by another hand, is
// accepted again as the same command, under whatever fresh ids. A refusal has a known code and a pointer into the body. A decision has
// a rule, or events that can be read again.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "access/installation_key.h"
#include "base/check.h"
#include "base/text.h"
#include "commands/words.h"
#include "events/payload_codec.h"
#include "query-api/door/request_head.h"
#include "query-api/writing/routes.h"
#include "query-api/writing/write_problem.h"
#include "tests/query-api/command_json.h"
#include "tests/query-api/command_world.h"
#include "tests/support/scratch_directory.h"

namespace {

using namespace civiclog;
namespace json = boost::json;

constexpr std::array<std::string_view, 10> kBodyCodes = {"media_type_unsupported", "json_invalid", "json_not_an_object", "json_too_deep",
                                                         "json_too_large", "field_repeated", "field_missing", "field_type",
                                                         "field_invalid", "field_unknown"};

struct Service {
  ScratchDirectory scratch;
  CommandWorld world;
  MemoryLog unused{LogId{CommandWorld::id(98)}};
  std::unique_ptr<Vault> vault = Vault::create(scratch.path() / "vault", unused.id()).value();
  CommandHandler handler{unused, *vault, [] { return Timestamp{1'770'000'000'000}; }};  // Nothing is ever submitted.
  Gate gate{{}, {}, vault->index_key(), system_now};
  WriteSide side{world.log(), handler, gate, system_now, {}, nullptr};
};

std::string first_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  std::string line(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

Issuer issuer_named(std::string_view name, const CommandWorld& world) {
  if (name == "officer") return issued_by(world.officer);
  if (name == "citizen") return issued_by(world.citizen);
  if (name == "newcomer") return issued_by(world.newcomer);
  return issued_by_system();
}

// What a pointer names must be in the body, or, for what is missing, what it is missing from.
void check_fault(const BodyFault& fault, std::string_view body) {
  CHECK(std::ranges::find(kBodyCodes, fault.code) != kBodyCodes.end());
  CHECK(!fault.detail.empty() && is_valid_utf8(fault.detail));
  const HttpResponse response = body_problem(fault);
  CHECK(response.status == 400 || response.status == 413 || response.status == 415);
  json::error_code failure;
  const json::value problem = json::parse(response.body, failure);
  CHECK(!failure && problem.at("pointer").as_string() == json::string_view(fault.pointer));
  if (!fault.code.starts_with("field_") || fault.code == "field_repeated") return;
  const json::value value = body.empty() ? json::value(json::object()) : json::parse(json::string_view(body.data(), body.size()), failure);
  CHECK(!failure);
  std::string pointer = fault.pointer;
  if (fault.code == "field_missing") pointer.resize(pointer.rfind('/'));
  CHECK(pointer.empty() || value.find_pointer(pointer, failure) != nullptr);
}

// Against Boost's parser: what is valid JSON and what it says is not ours to decide.
void compare_parsers(const HttpRequest& request, const tl::expected<json::object, BodyFault>& ours) {
  if (request.body.empty()) return;
  json::error_code failure;
  const json::value theirs = json::parse(request.body, failure);
  // As text: 0e400 is no number to either, and that is not equal to itself.
  if (ours) CHECK(!failure && json::serialize(theirs) == json::serialize(*ours));
  if (!ours && ours.error().code == "json_invalid") CHECK(failure);
  if (!ours && ours.error().code == "json_not_an_object") CHECK(!failure && !theirs.is_object());
}

struct Parsed {
  std::optional<Command> command;
  std::optional<BodyFault> fault;
};

Parsed parse(const Service& service, const WriteRoute& route, const HttpRequest& request, const PathParameters& parameters,
             const Caller& caller) {
  const auto body = read_json_body(request);
  compare_parsers(request, body);
  if (!body) return {{}, body.error()};
  Fields fields(*body);
  Writing writing{service.side, request, parameters, caller, fields};
  Result<Command> command = route.command(writing);
  if (!command) {
    const HttpResponse response = write_problem(command.error());
    CHECK(response.status >= 400 && response.status < 500);
  }
  if (std::optional<BodyFault> fault = fields.finish()) return {{}, std::move(fault)};
  if (!command) return {};
  return {std::move(*command), {}};
}

std::string asked(const Caller& caller, const Command& command) { return canonical_body({CommandId{}, caller.issuer, command, {}, {}}); }

void decide_in(CommandWorld& world, const Caller& caller, Command command) {
  if (!check_texts(command, false)) return;
  assign_words(command);
  world.trim();
  Loader loader(world);
  const Result<Decision> decision = decide(command, caller.issuer, loader, world);
  if (!decision) {
    const HttpResponse response = write_problem(decision.error());
    CHECK(!decision.error().rule.empty() && response.status >= 400 && response.status < 500);
    return;
  }
  for (const NewEvent& event : *decision) {
    CHECK(std::ranges::any_of(loader.checks(), [&](const StreamCheck& check) { return check.stream == event.stream; }));
    const EncodedPayload encoded = encode_payload(event.fact.payload);
    const Result<Payload> again = decode_payload(encoded.type, encoded.schema, encoded.bytes, {1});
    CHECK(again && *again == event.fact.payload);
    CHECK(stored_size(encoded.type, encoded.bytes.size()) <= kMaxEventSize);
  }
}

void check_request(Service& service, const WriteRoute& route, const HttpRequest& request, const PathParameters& parameters,
                   const Caller& caller) {
  const Parsed parsed = parse(service, route, request, parameters, caller);
  if (parsed.fault) return check_fault(*parsed.fault, request.body);
  if (!parsed.command) return;
  const std::string canonical = asked(caller, *parsed.command);
  const Parsed retried = parse(service, route, request, parameters, caller);
  CHECK(retried.command && asked(caller, *retried.command) == canonical);
  HttpRequest rewritten = request;
  rewritten.body = json::serialize(body_of(*parsed.command));
  const Parsed again = parse(service, route, rewritten, parameters, caller);
  CHECK(again.command && again.command->index() == parsed.command->index() && asked(caller, *again.command) == canonical);
  decide_in(service.world, caller, *parsed.command);
}

void add_routes(Router& router, Service& service, const Caller& caller) {
  for (const auto& writes : {organisation_writes, participant_writes, topic_writes, contribution_writes, comment_writes, ballot_writes,
                             moderation_writes}) {
    for (WriteRoute& route : writes()) {
      const Method method = route.method;
      const std::string_view pattern = route.pattern;
      router.add(method, pattern,
                 [&service, &caller, owned = std::move(route)](const HttpRequest& request, const PathParameters& parameters) -> Response {
                   if (!caller.issuer.is_system() || owned.bootstraps) check_request(service, owned, request, parameters, caller);
                   return HttpResponse{};
                 });
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Service service;
  static Caller caller;
  static Router router;
  static const bool ready = (add_routes(router, service, caller), true);
  CHECK(ready);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string line = first_line(rest);
  const std::string if_match = first_line(rest);
  const size_t space = std::min(line.find(' '), line.size());
  caller = {issuer_named(std::string_view(line).substr(0, space), service.world), "subject"};
  HttpRequest request;
  if (parse_request_line(line.substr(std::min(space + 1, line.size())) + " HTTP/1.1", request)) return 0;
  if (!if_match.empty()) request.headers.push_back({"if-match", if_match});
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::string(rest);
  router.handle(request);
  return 0;
}
