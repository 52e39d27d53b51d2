#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query-api/door/http_request.h"
#include "query-api/door/http_response.h"

// Which pages of other origins may use this service from a browser (Fetch standard, "CORS protocol"): those whose origin is
// listed exactly, and nobody else. Who acts is said by a token that the page itself sends, never by a cookie; so there are no
// credentials in the sense of the protocol, and the answer names the origin and never "*".
//
// Immutable; from any thread.

namespace civiclog {

inline constexpr size_t kMaxCorsOrigins = 100;
inline constexpr size_t kMaxOriginBytes = 300;
inline constexpr int kPreflightSeconds = 600;  // How long a browser may remember what it was told.

// As browsers send it: "https://HOST" or with ":PORT", lower case, without a path; "http" too.
bool is_origin(std::string_view text);

class CorsPolicy {
 public:
  // Each must be is_origin().
  CorsPolicy() = default;
  explicit CorsPolicy(std::vector<std::string> origins);

  // What of a request decides about the headers of its answer, which may come later.
  struct Asked {
    std::string origin;      // Empty: none, or one that is not listed.
    bool preflight = false;  // A browser asks before it sends what a page wants to send.
  };
  Asked ask(const HttpRequest& request) const;

  // To a preflight, the methods allowed are those of the answer's Allow header.
  void apply(const Asked& asked, HttpResponse& response) const;

 private:
  std::vector<std::string> origins_;  // Sorted.
};

}  // namespace civiclog
