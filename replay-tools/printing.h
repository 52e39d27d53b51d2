#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "reports/json_text.h"

// Text that is safe to put on a terminal (into JSON: reports/json_text.h). What people wrote, and what a damaged log says, may hold any bytes:
// nothing of it may move a cursor, end a line or hide what follows. Pure and thread-safe.

namespace civiclog {

// Control characters (C0, DEL, C1) and the marks that turn the direction of writing are shown as \u{..}, bytes that are no UTF-8 as
// U+FFFD. A backslash stays as it is: this is for eyes.
std::string printable(std::string_view text);
// The same, for error sentences: line breaks become spaces.
std::string one_line(std::string_view text);
// One value on a line of its own, on standard output.
void print_json(const boost::json::value& value);

}  // namespace civiclog
