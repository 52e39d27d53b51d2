#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "query-api/door/http_syntax.h"
#include "query-api/door/request_parser.h"

// Input: one byte that seeds the sizes of the pieces, then the bytes of a connection. The outcome does not depend on the pieces: all at
// once, byte by byte, or at random. What comes out keeps the promises of http_request.h, and says the same when it is sent again
// plainly, with a length and without chunks.

namespace {

using namespace civiclog;

struct Outcome {
  std::vector<HttpRequest> requests;
  std::optional<ProtocolError> error;
};

constexpr RequestLimits kLimits{256, 1024, 16, 2048};
constexpr RequestLimits kWideLimits{256, 2048, 20, 2048};

// `next_piece` says how many bytes come next, at least one.
Outcome parse(std::string_view bytes, const RequestLimits& limits, const std::function<size_t()>& next_piece) {
  RequestParser parser{limits};
  Outcome outcome;
  size_t continues = 0;
  while (!bytes.empty() && !outcome.error) {
    const size_t piece = std::min(next_piece(), bytes.size());
    parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(piece);
    for (bool more = true; more;) {
      switch (parser.advance()) {
        case RequestParser::Event::kNeedMore: more = false; break;
        case RequestParser::Event::kContinue: CHECK(++continues <= outcome.requests.size() + 1); break;
        case RequestParser::Event::kRequest: outcome.requests.push_back(parser.take_request()); break;
        case RequestParser::Event::kError:
          outcome.error = parser.error();
          more = false;
          break;
      }
    }
  }
  return outcome;
}

Outcome parse_at_once(std::string_view bytes, const RequestLimits& limits) {
  return parse(bytes, limits, [&] { return bytes.size(); });
}

bool is_same(const HttpRequest& a, const HttpRequest& b) {
  return a.method == b.method && a.minor_version == b.minor_version && a.keep_alive == b.keep_alive && a.target == b.target &&
         a.host == b.host && a.segments == b.segments && a.query == b.query && a.headers == b.headers && a.body == b.body;
}

void check_promises(const HttpRequest& request) {
  CHECK(request.body.size() <= 2048);
  CHECK(request.headers.size() <= 16);
  CHECK(request.segments.empty() == (request.target == "*"));
  CHECK(request.minor_version == 0 || is_valid_host(request.host));
  for (const std::string& segment : request.segments) {
    CHECK(is_valid_utf8(segment) && segment != "." && segment != ".." && segment.find('\0') == std::string::npos);
  }
  for (const Field& field : request.query) {
    CHECK(is_valid_utf8(field.name) && is_valid_utf8(field.value) && field.value.find('\0') == std::string::npos);
  }
  for (const Field& field : request.headers) {
    CHECK(is_token(field.name) && field.name == to_lower(field.name));
    CHECK(std::all_of(field.value.begin(), field.value.end(), is_field_char));
    CHECK(field.value == trim_white_space(field.value));
  }
}

void drop_framing(HttpRequest& request) {
  std::erase_if(request.headers, [](const Field& field) {
    return field.name == "content-length" || field.name == "transfer-encoding" || field.name == "expect";
  });
}

void check_sent_again(HttpRequest request) {
  drop_framing(request);
  std::string bytes = std::string(name_of(request.method)) + " " + request.target + " HTTP/1." + std::to_string(request.minor_version) + "\r\n";
  for (const Field& field : request.headers) bytes += field.name + ": " + field.value + "\r\n";
  bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
  Outcome again = parse_at_once(bytes, kWideLimits);
  CHECK(!again.error && again.requests.size() == 1);
  drop_framing(again.requests[0]);
  CHECK(is_same(again.requests[0], request));
}

void check_equal(const Outcome& a, const Outcome& b) {
  CHECK(a.error == b.error && a.requests.size() == b.requests.size());
  for (size_t i = 0; i < a.requests.size(); ++i) CHECK(is_same(a.requests[i], b.requests[i]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = parse_at_once(bytes, kLimits);
  check_equal(whole, parse(bytes, kLimits, [] { return size_t{1}; }));
  std::minstd_rand random(data[0]);
  check_equal(whole, parse(bytes, kLimits, [&random] { return 1 + random() % 40; }));
  for (const HttpRequest& request : whole.requests) {
    check_promises(request);
    check_sent_again(request);
  }
  return 0;
}
