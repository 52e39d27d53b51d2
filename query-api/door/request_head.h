#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "query-api/door/http_request.h"
#include "query-api/door/request_target.h"

// The meaning of single lines of a request head, and of the head as a whole (RFC 9112, 3, 5 and 6). Pure; the
// cutting into lines and every limit on their length is the RequestParser's.

namespace civiclog {

// method SP request-target SP HTTP-version, single spaces. The line comes without its CRLF.
std::optional<ProtocolError> parse_request_line(std::string_view line, HttpRequest& request);

// field-name ":" OWS field-value OWS. A line that begins with white space (obs-fold) is refused.
std::optional<ProtocolError> parse_field_line(std::string_view line, Field& field);

// How the body is delimited, from all headers together.
struct Framing {
  enum class Kind { kNoBody, kLength, kChunked };
  Kind kind = Kind::kNoBody;
  size_t length = 0;
  bool expects_continue = false;
};

// Checks Host, Content-Length, Transfer-Encoding, Expect and Connection, and fills in `host` and `keep_alive`.
// Content-Length together with Transfer-Encoding is refused, whatever they say: that is how requests are smuggled.
std::optional<ProtocolError> parse_framing(HttpRequest& request, size_t max_body_bytes, Framing& framing);

}  // namespace civiclog
