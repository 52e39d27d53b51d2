#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "query-api/door/http_request.h"

// One answer. Routes build it; the door adds Date, Content-Length and Connection, and leaves the body out
// where HTTP has none (HEAD, 204, 304). A plain value.

namespace civiclog {

inline constexpr size_t kMaxResponseBytes = 64u << 20;

struct HttpResponse {
  int status = 200;
  std::vector<Field> headers;  // Names as they go out; never Content-Length, Connection, Transfer-Encoding or Date.
  std::string body;
  bool close = false;  // The connection ends after this answer, whatever the client asked for.

  HttpResponse& with(std::string name, std::string value) & {
    headers.push_back({std::move(name), std::move(value)});
    return *this;
  }
  HttpResponse with(std::string name, std::string value) && {
    headers.push_back({std::move(name), std::move(value)});
    return std::move(*this);
  }
};

// `body` in the given media type, e.g. "application/json".
HttpResponse content_response(int status, std::string media_type, std::string body);
HttpResponse json_response(int status, std::string body);
HttpResponse text_response(int status, std::string body);  // text/plain; charset=utf-8
HttpResponse empty_response(int status);                   // 204, 304 and the like

// The reason phrase of RFC 9110 ("Not Found"); empty for a status this server never sends.
std::string_view reason_of(int status);

// IMF-fixdate of RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string to_http_date(Timestamp time);

// Whether the answer can be written as HTTP without changing its meaning: a final status this server knows,
// header names that are tokens, header values without control characters (so that no value can begin another
// header), none of the door's own headers, a body within kMaxResponseBytes. The door answers 500 otherwise.
bool is_sendable(const HttpResponse& response);

// How the connection goes on, as the Connection header must say it.
enum class Persistence {
  kDefault,    // HTTP/1.1, stays open: no header
  kKeepAlive,  // HTTP/1.0 that asked to stay open: "keep-alive"
  kClose,      // "close"
};

// Status line and headers up to and including the empty line. Content-Length is that of the body (also for
// HEAD), except for 204 and 304, which have none. Requires is_sendable(response).
std::string serialise_head(const HttpResponse& response, Persistence persistence, Timestamp date);

// Whether the body follows the head.
bool has_body(const HttpResponse& response, Method method);

}  // namespace civiclog
