#include "query-api/door/cors.h"

#include <algorithm>

#include "query-api/door/http_syntax.h"
#include "query-api/door/vary.h"

namespace civiclog {
namespace {

constexpr const char* kAllowedHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match";
// Beside those that a page may always see, such as Content-Type and Cache-Control.
constexpr const char* kExposedHeaders = "Allow, Civic-Position, ETag, Location, Retry-After, WWW-Authenticate";

std::vector<std::string> sorted(std::vector<std::string> origins) {
  std::ranges::sort(origins);
  return origins;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.front() != '0' && std::ranges::all_of(text, is_digit);
}

bool is_host(std::string_view text) {
  const auto plain = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; };
  const auto of_address = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; };
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return std::ranges::all_of(text.substr(1, text.size() - 2), of_address);
  }
  return !text.empty() && std::ranges::all_of(text, plain);
}

}  // namespace

bool is_origin(std::string_view text) {
  if (text.size() > kMaxOriginBytes) return false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view authority = text.substr(scheme.size());
    const size_t colon = authority.rfind(':');
    const bool has_port = colon != std::string_view::npos && !authority.ends_with(']');
    return has_port ? is_host(authority.substr(0, colon)) && is_port(authority.substr(colon + 1)) : is_host(authority);
  }
  return false;
}

CorsPolicy::CorsPolicy(std::vector<std::string> origins) : origins_(sorted(std::move(origins))) {}

CorsPolicy::Asked CorsPolicy::ask(const HttpRequest& request) const {
  if (origins_.empty()) return {};
  // Repeated, they are no longer equal to any of the list.
  std::string origin = request.joined_header("origin");
  if (!std::ranges::binary_search(origins_, origin)) return {};
  const bool preflight = request.method == Method::kOptions && request.header("access-control-request-method").has_value();
  return {std::move(origin), preflight};
}

void CorsPolicy::apply(const Asked& asked, HttpResponse& response) const {
  if (origins_.empty()) return;
  // Also when the origin is not listed: a cache must not give that answer to a page that is.
  add_vary(response, "Origin");
  if (asked.origin.empty()) return;
  response.with("Access-Control-Allow-Origin", asked.origin);
  if (!asked.preflight) {
    response.with("Access-Control-Expose-Headers", kExposedHeaders);
    return;
  }
  const auto allow = std::ranges::find(response.headers, "Allow", &Field::name);
  if (response.status != 204 || allow == response.headers.end()) return;
  std::string methods = allow->value;
  response.with("Access-Control-Allow-Methods", std::move(methods))
      .with("Access-Control-Allow-Headers", kAllowedHeaders)
      .with("Access-Control-Max-Age", std::to_string(kPreflightSeconds));
}

}  // namespace civiclog
