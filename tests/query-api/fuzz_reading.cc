// Asks a whole service, with a deliberation in it, for addresses: one per line, GET each. "NEXT" in a line stands for the cursor that the
// line before it was given.
//
// The answer has a known status and code, is the same when asked again, and is of a position that is there. A list is no longer than
// its limit; its cursor goes on with it at the same position, and is refused by any other list and when a letter of it is changed. And each
// line as a cursor by itself: what is understood is written as the very same text.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/check.h"
#include "query-api/api.h"
#include "query-api/door/request_head.h"
#include "query-api/reading/cursor.h"
#include "tests/support/deliberation.h"
#include "tests/support/scratch_directory.h"

namespace {

using namespace civiclog;
namespace json = boost::json;

constexpr size_t kMaxLines = 6;
constexpr std::array<std::string_view, 14> kCodes = {
    "parameter_unknown", "parameter_repeated", "as_of_invalid", "as_of_future", "min_position_invalid", "wait_invalid", "limit_invalid",
    "cursor_invalid", "filter_invalid", "invalid_argument", "not_found", "route_not_found", "not_caught_up", "after_invalid"};

struct Service {
  Service() {
    CHECK(DataDirectory::create(scratch.path() / "data").has_value());
    InstallationOptions options;
    options.clock = [this] { return Timestamp{clock_ms.load()}; };
    installation = Installation::open(*DataDirectory::find(scratch.path() / "data"), options).value();
    Deliberation(installation->commands(), [this] { clock_ms += 60'000; }).tell();
    CHECK(installation->catch_up().has_value());
    ReadSideOptions side;
    side.clock = options.clock;
    api = std::make_unique<Api>(*installation, std::move(side));
  }
  ScratchDirectory scratch;
  std::atomic<int64_t> clock_ms{parse_rfc3339("2026-03-01T08:00:00Z")->ms};
  std::unique_ptr<Installation> installation;
  std::unique_ptr<Api> api;
};

Service& service() {
  static Service once;
  return once;
}

// nullopt: no address, or one that would be answered later.
std::optional<HttpResponse> get(const std::string& target) {
  HttpRequest request;
  if (parse_request_line("GET " + target + " HTTP/1.1", request)) return std::nullopt;
  // Of the process and of the moment.
  if (target.find("/metrics") != std::string::npos) return std::nullopt;
  Response response = service().api->handle(request);
  if (std::holds_alternative<LaterResponse>(response)) {
    CHECK(std::ranges::any_of(request.query, [](const Field& one) { return one.name == "min_position" || one.name == "as_of" || one.name == "cursor"; }));
    return std::nullopt;
  }
  return std::get<HttpResponse>(std::move(response));
}

std::string code_of(const HttpResponse& response) {
  json::error_code failure;
  const json::value body = json::parse(response.body, failure);
  CHECK(!failure && body.at("status").as_int64() == response.status);
  return std::string(body.at("code").as_string());
}

HttpRequest parsed(const std::string& target) {
  HttpRequest request;
  CHECK(!parse_request_line("GET " + target + " HTTP/1.1", request));
  return request;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += "%" + to_hex({&c, 1});
  return out;
}

// The same list, going on with this cursor.
std::string with_cursor(const std::string& target, std::string_view cursor) {
  std::string out = target.substr(0, target.find('?')) + "?cursor=" + std::string(cursor);
  for (const Field& parameter : parsed(target).query) {
    if (parameter.name != "cursor") out += "&" + escaped(parameter.name) + "=" + escaped(parameter.value);
  }
  return out;
}

void check_cursor(const std::string& target, const std::string& next, const json::value& position) {
  const std::optional<HttpResponse> more = get(with_cursor(target, next));
  CHECK(more && more->status == 200 && json::parse(more->body).at("position") == position);
  for (const char* other : {"/v1/topics", "/v1/organisations", "/v1/topics/tram/contributions", "/v1/topics/tram/contributions?kind=opinion"}) {
    if (list_identity(parsed(target)) == list_identity(parsed(other))) continue;
    const std::optional<HttpResponse> refused = get(with_cursor(other, next));
    CHECK(refused && refused->status == 400 && code_of(*refused) == "cursor_invalid");
  }
  std::string forged = next;
  char& letter = forged[target.size() % forged.size()];
  letter = letter == 'A' ? 'B' : 'A';
  const std::optional<HttpResponse> refused = get(with_cursor(target, forged));
  CHECK(refused && refused->status == 400 && code_of(*refused) == "cursor_invalid");
}

// The cursor it gave out; empty if there is none.
std::string check_answer(const std::string& target) {
  const std::optional<HttpResponse> answer = get(target);
  if (!answer) return {};
  const std::optional<HttpResponse> again = get(target);
  CHECK(again && again->status == answer->status && again->body == answer->body && again->headers == answer->headers);
  if (answer->status != 200) {
    CHECK(answer->status == 400 || answer->status == 404 || answer->status == 405 || answer->status == 503);
    const std::string code = code_of(*answer);
    if (std::ranges::find(kCodes, code) == kCodes.end()) std::fprintf(stderr, "unknown code %s of %s\n", code.c_str(), target.c_str());
    CHECK(std::ranges::find(kCodes, code) != kCodes.end());
    return {};
  }
  json::error_code failure;
  const json::value body = json::parse(answer->body, failure);
  CHECK(!failure && body.is_object());
  const json::object& members = body.get_object();
  if (!members.contains("position")) return {};
  CHECK(members.at("position").to_number<uint64_t>() <= service().installation->log().head().value);
  if (!members.contains("items") || !members.contains("next") || !members.at("next").is_string()) return {};
  CHECK(members.at("items").as_array().size() <= 200);
  const std::string next(members.at("next").as_string());
  if (!target.starts_with("/v1/events")) check_cursor(target, next, members.at("position"));
  return next;
}

void check_as_cursor(std::string_view line) {
  static const Key key = sha256("cursor key");
  static const ListIdentity list{1, 2, 3, 4, 5, 6, 7, 8};
  static const ListIdentity other{1, 2, 3, 4, 5, 6, 7, 9};
  // As it came, and sealed rightly, so that what is behind the seal is looked at.
  const std::string head = ByteWriter().u8(1).u64(line.size()).raw(view(list)).bytes();
  for (const std::string& bytes : {std::string(line), head + std::string(line)}) {
    const std::string sealed = to_base64url(bytes + std::string(view(hmac_sha256(key, bytes)).substr(0, 12)));
    const auto cursor = decode_cursor(key, list, sealed);
    if (!cursor) continue;
    CHECK(!decode_cursor(key, other, sealed) && !decode_cursor(sha256("another"), list, sealed));
    CHECK(encode_cursor(key, list, *cursor) == sealed);
  }
  CHECK(!decode_cursor(key, list, line));
  const std::string resume(line.substr(0, kMaxResumeBytes));
  const std::string text = encode_cursor(key, list, {Position{line.size()}, resume});
  CHECK(text.size() <= kMaxCursorSize);
  const auto cursor = decode_cursor(key, list, text);
  CHECK(cursor && cursor->position == Position{line.size()} && cursor->resume == resume);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string next;
  for (size_t line_number = 0; line_number < kMaxLines && !rest.empty(); ++line_number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    check_as_cursor(line);
    if (const size_t at = line.find("NEXT"); at != std::string::npos) line.replace(at, 4, next);
    next = check_answer(line);
  }
  return 0;
}
