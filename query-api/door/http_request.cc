#include "query-api/door/http_request.h"

#include <algorithm>

#include <fmt/format.h>

namespace civiclog {

const char* name_of(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kPatch: return "PATCH";
    case Method::kDelete: return "DELETE";
    case Method::kOptions: return "OPTIONS";
  }
  return "";
}

std::optional<Method> parse_method(std::string_view token) {
  for (const Method method : kAllMethods) {
    if (token == name_of(method)) return method;
  }
  return std::nullopt;
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
  for (const Field& field : headers) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

std::string HttpRequest::joined_header(std::string_view name) const {
  std::string joined;
  bool first = true;
  for (const Field& field : headers) {
    if (field.name != name) continue;
    if (!first) joined += ", ";
    joined += field.value;
    first = false;
  }
  return joined;
}

Result<std::optional<std::string>> HttpRequest::query_value(std::string_view name) const {
  std::optional<std::string> found;
  for (const Field& parameter : query) {
    if (parameter.name != name) continue;
    if (found) {
      return invalid_argument(fmt::format("the query parameter \"{}\" is given more than once; give it once", name));
    }
    found = parameter.value;
  }
  return found;
}

Status HttpRequest::allow_query(std::initializer_list<std::string_view> names) const {
  for (const Field& parameter : query) {
    if (std::find(names.begin(), names.end(), parameter.name) != names.end()) continue;
    if (names.size() == 0) {
      return invalid_argument(fmt::format("there is no query parameter \"{}\" here; leave it out", parameter.name));
    }
    return invalid_argument(fmt::format("there is no query parameter \"{}\" here; known are: {}", parameter.name,
                                        fmt::join(names, ", ")));
  }
  return {};
}

}  // namespace civiclog
