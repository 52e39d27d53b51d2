#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

// Text of any bytes as JSON can hold it: what a damaged log says need not be UTF-8. Pure and thread-safe.

namespace civiclog {

// The text with U+FFFD for every byte that belongs to no UTF-8 character.
std::string as_utf8(std::string_view text);
// The same as a JSON string.
boost::json::string json_text(std::string_view text);

}  // namespace civiclog
