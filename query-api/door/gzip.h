#pragma once

#include <string>
#include <string_view>

#include "query-api/door/http_request.h"
#include "query-api/door/http_response.h"

// Answers compressed with gzip (RFC 1952) where it pays and where the client takes it. Pure; from any thread.

namespace civiclog {

// Smaller answers fit a packet as they are; larger ones would hold a thread of the door for too long.
inline constexpr size_t kMinGzipBytes = 1'025;
inline constexpr size_t kMaxGzipBytes = 8u << 20;

// Of an Accept-Encoding header (RFC 9110, 12.5.3): whether gzip is acceptable, and at least as welcome as none.
bool accepts_gzip(std::string_view accept_encoding);

// What of a request decides about the coding of its answer, which may come later.
struct CodingAsked {
  bool gzip = false;
  std::string if_none_match;  // Only when it may name a compressed answer.
};
CodingAsked coding_asked(const HttpRequest& request);

// Compresses the body of a GET's or a HEAD's 200 when it is JSON or text of a fitting size and the client takes it. What is
// compressed is another representation: its ETag is that of the plain one with "-gzip" before the last quotation mark
// (RFC 9110, 8.8.3.3), under which If-None-Match finds it and gets its 304. Whatever depends on Accept-Encoding says so in Vary.
void choose_coding(const CodingAsked& asked, Method method, HttpResponse& response);

}  // namespace civiclog
