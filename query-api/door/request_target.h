#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "query-api/door/http_request.h"

// The request-target of RFC 9112, 3.2, and the Host it may carry. Pure.

namespace civiclog {

inline constexpr size_t kMaxQueryParameters = 100;

// Why a request is refused before any route sees it. After it the connection cannot be trusted to be in step.
struct ProtocolError {
  int status = 400;    // 400, 408, 413, 414, 417, 431, 501 or 505
  std::string reason;  // One sentence for the person who wrote the client.

  friend bool operator==(const ProtocolError&, const ProtocolError&) = default;
};

// Fills in target, segments, query and, for the absolute form, host. Accepts the origin form, the absolute form
// of http and https (RFC 9112 demands it of servers) and "*" for OPTIONS. Only the characters of RFC 3986 are
// accepted unescaped; a fragment, a bad escape, "." and ".." segments and bytes that decode to no UTF-8 are refused.
std::optional<ProtocolError> parse_target(std::string_view target, HttpRequest& request);

// uri-host [":" port] of RFC 9110, 7.2: a registered name, an IPv4 address or a bracketed IPv6 address. Not empty.
bool is_valid_host(std::string_view host);

}  // namespace civiclog
