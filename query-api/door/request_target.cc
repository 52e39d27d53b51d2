#include "query-api/door/request_target.h"

#include <algorithm>

#include "base/text.h"
#include "query-api/door/http_syntax.h"

namespace civiclog {
namespace {

constexpr size_t kMaxPortDigits = 5;

ProtocolError bad(std::string reason) { return {400, std::move(reason)}; }

bool is_path_char(char c) { return is_plain_uri_char(c) || c == ':' || c == '@' || c == '%' || c == '/'; }
bool is_query_char(char c) { return is_path_char(c) || c == '?'; }

// nullopt on an escape that is not "%" and two hexadecimal digits.
std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<ProtocolError> parse_path(std::string_view path, HttpRequest& request) {
  if (!std::all_of(path.begin(), path.end(), is_path_char)) {
    return bad("The path has a character that must be percent-encoded.");
  }
  std::string_view rest = path.substr(1);
  for (;;) {
    const size_t slash = rest.find('/');
    std::optional<std::string> segment = decode(rest.substr(0, slash), false);
    if (!segment) return bad("The path has a \"%\" that is not followed by two hexadecimal digits.");
    if (!is_valid_utf8(*segment)) return bad("The path is not UTF-8 after percent-decoding.");
    if (has_control_character(*segment)) return bad("The path has a control character after percent-decoding.");
    if (*segment == "." || *segment == "..") {
      return bad("The path has a \".\" or \"..\" segment; resolve it before sending.");
    }
    request.segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(slash + 1);
  }
}

std::optional<ProtocolError> parse_query(std::string_view query, HttpRequest& request) {
  if (!std::all_of(query.begin(), query.end(), is_query_char)) {
    return bad("The query has a character that must be percent-encoded.");
  }
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (piece.empty()) continue;
    if (request.query.size() == kMaxQueryParameters) return bad("The query has more than 100 parameters.");
    const size_t equals = std::min(piece.find('='), piece.size());
    std::optional<std::string> name = decode(piece.substr(0, equals), true);
    std::optional<std::string> value = decode(piece.substr(std::min(equals + 1, piece.size())), true);
    if (!name || !value) return bad("The query has a \"%\" that is not followed by two hexadecimal digits.");
    if (!is_valid_utf8(*name) || !is_valid_utf8(*value)) return bad("The query is not UTF-8 after percent-decoding.");
    if (name->find('\0') != std::string::npos || value->find('\0') != std::string::npos) {
      return bad("The query has a NUL after percent-decoding.");
    }
    request.query.push_back({std::move(*name), std::move(*value)});
  }
  return std::nullopt;
}

// Takes "http://authority" off the front; the authority goes into `request.host`.
std::optional<ProtocolError> strip_authority(std::string_view& target, HttpRequest& request) {
  const size_t scheme_end = target.find("://");
  const std::string scheme = to_lower(target.substr(0, std::min(scheme_end, target.size())));
  if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    return bad("The request target must begin with \"/\", or be an http or https address.");
  }
  target.remove_prefix(scheme_end + 3);
  const size_t end = std::min(target.find_first_of("/?#"), target.size());
  if (!is_valid_host(target.substr(0, end))) return bad("The request target names no valid host.");
  request.host = std::string(target.substr(0, end));
  target.remove_prefix(end);
  return std::nullopt;
}

bool is_valid_port(std::string_view port) {
  return port.size() <= kMaxPortDigits && std::all_of(port.begin(), port.end(), is_digit);
}

bool is_ip_literal_char(char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; }

}  // namespace

bool is_valid_host(std::string_view host) {
  if (host.empty()) return false;
  size_t end = 0;
  if (host.front() == '[') {
    end = host.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const std::string_view address = host.substr(1, end - 1);
    if (!std::all_of(address.begin(), address.end(), is_ip_literal_char)) return false;
    ++end;
  } else {
    end = std::min(host.find(':'), host.size());
    const std::string_view name = host.substr(0, end);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_plain_uri_char)) return false;
  }
  if (end == host.size()) return true;
  return host[end] == ':' && is_valid_port(host.substr(end + 1));
}

std::optional<ProtocolError> parse_target(std::string_view target, HttpRequest& request) {
  request.target = std::string(target);
  if (target == "*") {
    if (request.method == Method::kOptions) return std::nullopt;
    return bad("Only OPTIONS may have \"*\" as its target.");
  }
  if (target.empty() || target.front() != '/') {
    if (std::optional<ProtocolError> error = strip_authority(target, request)) return error;
  }
  if (target.find('#') != std::string_view::npos) {
    return bad("The request target has a fragment; leave \"#\" and what follows out.");
  }
  const size_t question = std::min(target.find('?'), target.size());
  const std::string_view path = question == 0 ? std::string_view("/") : target.substr(0, question);
  if (std::optional<ProtocolError> error = parse_path(path, request)) return error;
  return parse_query(target.substr(std::min(question + 1, target.size())), request);
}

}  // namespace civiclog
