#pragma once

#include <optional>
#include <string_view>

#include "base/position.h"

// Entity tags in conditional requests (RFC 9110, 8.8.3 and 13.1). Pure; from any thread.

namespace civiclog {

// Whether the list of an If-None-Match header has this tag, given without quotation marks, or is "*"; compared without regard to
// weakness.
bool matches_tag(std::string_view list, std::string_view tag);

// The position in a tag given by us, in its quotation marks: that of the last change it tells of, the first number in it.
std::optional<Position> position_of_tag(std::string_view tag);

}  // namespace civiclog
