#include "query-api/door/request_head.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "query-api/door/http_syntax.h"

namespace civiclog {
namespace {

ProtocolError bad(std::string reason) { return {400, std::move(reason)}; }

// The version is looked at before the method, so that an HTTP/2 preface ("PRI") is answered 505.
std::optional<ProtocolError> parse_version(std::string_view version, HttpRequest& request) {
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                           version[6] == '.' && is_digit(version[7]);
  if (!well_formed) return bad("The request line does not end in an HTTP version.");
  if (version[5] != '1' || version[7] > '1') return ProtocolError{505, "This server speaks HTTP/1.1 and HTTP/1.0 only."};
  request.minor_version = version[7] - '0';
  return std::nullopt;
}

std::vector<std::string_view> values_of(const HttpRequest& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Field& field : request.headers) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

bool lists(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const size_t end = std::min(value.find(','), value.size());
    if (to_lower(trim_white_space(value.substr(0, end))) == token) return true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

std::optional<ProtocolError> check_host(HttpRequest& request) {
  const std::vector<std::string_view> hosts = values_of(request, "host");
  if (hosts.size() > 1) return bad("The request has more than one Host header.");
  if (hosts.empty()) {
    if (request.minor_version == 1) return bad("An HTTP/1.1 request must have a Host header.");
    return std::nullopt;
  }
  if (!is_valid_host(hosts.front())) return bad("The Host header names no valid host.");
  if (request.host.empty()) request.host = std::string(hosts.front());
  return std::nullopt;
}

// All occurrences must be the same digits; a list in one header is refused.
std::optional<ProtocolError> check_length(const std::vector<std::string_view>& values, size_t max_body_bytes,
                                          Framing& framing) {
  const std::string_view digits = values.front();
  if (std::any_of(values.begin(), values.end(), [&](std::string_view value) { return value != digits; })) {
    return bad("The request has Content-Length headers that differ.");
  }
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return bad("The Content-Length header is not a decimal number.");
  }
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), framing.length);
  if (error != std::errc{} || framing.length > max_body_bytes) {
    return ProtocolError{413, "The request body is longer than this server accepts."};
  }
  framing.kind = framing.length == 0 ? Framing::Kind::kNoBody : Framing::Kind::kLength;
  return std::nullopt;
}

std::optional<ProtocolError> check_encoding(const HttpRequest& request, const std::vector<std::string_view>& values,
                                            Framing& framing) {
  if (request.minor_version == 0) return bad("An HTTP/1.0 request cannot have a Transfer-Encoding.");
  if (values.size() != 1 || to_lower(values.front()) != "chunked") {
    return ProtocolError{501, "The only Transfer-Encoding this server knows is \"chunked\"."};
  }
  framing.kind = Framing::Kind::kChunked;
  return std::nullopt;
}

std::optional<ProtocolError> check_expect(const HttpRequest& request, Framing& framing) {
  for (const std::string_view value : values_of(request, "expect")) {
    if (to_lower(value) != "100-continue") {
      return ProtocolError{417, "The only expectation this server knows is \"100-continue\"."};
    }
    framing.expects_continue = request.minor_version == 1 && framing.kind != Framing::Kind::kNoBody;
  }
  return std::nullopt;
}

void set_keep_alive(HttpRequest& request) {
  bool close = false;
  bool keep = request.minor_version == 1;
  for (const std::string_view value : values_of(request, "connection")) {
    close = close || lists(value, "close");
    keep = keep || lists(value, "keep-alive");
  }
  request.keep_alive = keep && !close;
}

}  // namespace

std::optional<ProtocolError> parse_request_line(std::string_view line, HttpRequest& request) {
  const size_t method_end = line.find(' ');
  const size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end == method_end) {
    return bad("The request line must be a method, a target and a version, separated by single spaces.");
  }
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  if (!is_token(method)) return bad("The request method is not a token.");
  if (target.empty() || target.find(' ') != std::string_view::npos) {
    return bad("The request line must be a method, a target and a version, separated by single spaces.");
  }
  if (std::optional<ProtocolError> error = parse_version(line.substr(target_end + 1), request)) return error;
  const std::optional<Method> known = parse_method(method);
  if (!known) return ProtocolError{501, "This server does not know the request method."};
  request.method = *known;
  return parse_target(target, request);
}

std::optional<ProtocolError> parse_field_line(std::string_view line, Field& field) {
  if (line.front() == ' ' || line.front() == '\t') return bad("A header continues on a second line; write it on one.");
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return bad("A header line must be a name, a colon without white space before it, and a value.");
  }
  field.name = to_lower(line.substr(0, colon));
  field.value = std::string(trim_white_space(line.substr(colon + 1)));
  return std::nullopt;
}

std::optional<ProtocolError> parse_framing(HttpRequest& request, size_t max_body_bytes, Framing& framing) {
  if (std::optional<ProtocolError> error = check_host(request)) return error;
  const std::vector<std::string_view> lengths = values_of(request, "content-length");
  const std::vector<std::string_view> encodings = values_of(request, "transfer-encoding");
  if (!lengths.empty() && !encodings.empty()) {
    return bad("The request has both Content-Length and Transfer-Encoding.");
  }
  std::optional<ProtocolError> error;
  if (!lengths.empty()) error = check_length(lengths, max_body_bytes, framing);
  if (!encodings.empty()) error = check_encoding(request, encodings, framing);
  if (!error) error = check_expect(request, framing);
  if (!error) set_keep_alive(request);
  return error;
}

}  // namespace civiclog
