#pragma once

#include <string>

#include <boost/json.hpp>
#include <tl/expected.hpp>

#include "query-api/door/http_request.h"

// The body of a writing request, read strictly: JSON (RFC 8259) in UTF-8, one object, no name twice, bounded in depth and size. What
// two parsers could read differently is refused. Pure and thread-safe.

namespace civiclog {

inline constexpr size_t kMaxJsonDepth = 8;
inline constexpr size_t kMaxJsonValues = 10'000;

// What is wrong with a body: a stable code, a sentence, and where, as a JSON pointer (RFC 6901; empty: the whole).
struct BodyFault {
  std::string code;
  std::string detail;
  std::string pointer;
};

// No body at all counts as {}. Codes: media_type_unsupported, json_invalid, json_not_an_object, json_too_deep, json_too_large,
// field_repeated.
tl::expected<boost::json::object, BodyFault> read_json_body(const HttpRequest& request);

// "/title" after "" and "title"; escapes "~" and "/".
std::string pointer_to(const std::string& parent, std::string_view member);

}  // namespace civiclog
