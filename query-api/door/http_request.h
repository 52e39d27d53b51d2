#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// One HTTP request as the door hands it to a route: already checked against RFC 9112 and decoded.
// A plain value, owned by whoever holds it; safe to read from any thread.

namespace civiclog {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };

inline constexpr Method kAllMethods[] = {Method::kGet, Method::kHead,   Method::kPost,   Method::kPut,
                                         Method::kPatch, Method::kDelete, Method::kOptions};

const char* name_of(Method method);
// Methods are case-sensitive (RFC 9110, 9.1). nullopt: none this server knows, which is a 501.
std::optional<Method> parse_method(std::string_view token);

struct Field {
  std::string name;
  std::string value;

  friend bool operator==(const Field&, const Field&) = default;
};

struct HttpRequest {
  Method method = Method::kGet;
  int minor_version = 1;  // HTTP/1.0 or HTTP/1.1; nothing else gets here.
  bool keep_alive = true;  // What the client asks for, or the default of its version (RFC 9112, 9.3).

  std::string target;  // As received. "*" only for OPTIONS.
  std::string host;    // Authority: from an absolute-form target if there is one, else from Host; may be empty in 1.0.

  // The path split at "/", each piece percent-decoded by itself, so "%2F" is a character and no separator.
  // "/" is one empty segment, "/a/b" is {"a","b"}, "/a/" is {"a",""}, "//a" is {"","a"}: nothing is merged.
  // Every segment is valid UTF-8 without control characters and never "." or "..". Empty for "*".
  std::vector<std::string> segments;
  // The query split at "&" and the first "=", "+" read as a space, percent-decoded, in order, repetitions
  // kept. Valid UTF-8 without NUL. Empty pieces ("a=1&&b=2") are left out; a name without "=" has an empty value.
  std::vector<Field> query;
  // Names in lower case, values without surrounding white space, in order, repetitions kept.
  std::vector<Field> headers;
  std::string body;  // Decoded if it came in chunks; trailers are checked and dropped.

  std::string peer_address;  // Numeric address of the other end of the socket; a proxy's, if there is one.

  // First header of this lower-case name.
  std::optional<std::string_view> header(std::string_view name) const;
  // All headers of this name as one list, joined by ", " (RFC 9110, 5.2); empty if there is none.
  std::string joined_header(std::string_view name) const;

  // The value of a parameter that may come once. kInvalidArgument if it is repeated: guessing which one
  // was meant is how two programs come to read one address differently.
  Result<std::optional<std::string>> query_value(std::string_view name) const;
  // kInvalidArgument naming the first parameter that is not in the list, so that a misspelt filter is not ignored.
  Status allow_query(std::initializer_list<std::string_view> names) const;
};

}  // namespace civiclog
