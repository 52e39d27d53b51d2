#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "query-api/door/http_syntax.h"
#include "query-api/door/request_parser.h"

// Input: one byte for the size of the pieces, then the bytes of a connection. Checks that the outcome does not depend
// on the pieces and that what comes out keeps the promises of http_request.h.

namespace {

using namespace civiclog;

struct Outcome {
  std::vector<HttpRequest> requests;
  std::optional<ProtocolError> error;
};

Outcome parse(std::string_view bytes, size_t piece) {
  RequestParser parser{RequestLimits{256, 1024, 16, 2048}};
  Outcome outcome;
  while (!bytes.empty() && !outcome.error) {
    parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool more = true; more;) {
      switch (parser.advance()) {
        case RequestParser::Event::kNeedMore: more = false; break;
        case RequestParser::Event::kContinue: break;
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = parse(bytes, bytes.size());
  const Outcome pieces = parse(bytes, 1 + data[0] % 64u);
  CHECK(whole.error == pieces.error);
  CHECK(whole.requests.size() == pieces.requests.size());
  for (size_t i = 0; i < whole.requests.size(); ++i) {
    CHECK(is_same(whole.requests[i], pieces.requests[i]));
    check_promises(whole.requests[i]);
  }
  return 0;
}
