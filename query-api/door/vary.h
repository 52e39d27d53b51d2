#pragma once

#include <string_view>

#include "query-api/door/http_response.h"

namespace civiclog {

// Adds the name of a request header that the answer depends on (RFC 9110, 12.5.5), in the one Vary header of the answer.
inline void add_vary(HttpResponse& response, std::string_view name) {
  for (Field& field : response.headers) {
    if (field.name != "Vary") continue;
    field.value += ", ";
    field.value += name;
    return;
  }
  response.with("Vary", std::string(name));
}

}  // namespace civiclog
