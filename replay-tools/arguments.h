#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/id.h"
#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "events/event_log.h"

// What is written on the command line, understood. Errors of form are usage errors (replay-tools/verbs.h).

namespace civiclog {

// A point of the log: a position, or a time that resolves to one.
using Point = std::variant<Position, Timestamp>;

// Digits only, no sign; nullopt on anything else.
std::optional<uint64_t> parse_number(std::string_view text);
// `option` is named in the error.
Result<Point> parse_point(const std::string& text, const char* option);
// The last position at or before the point. kInvalidArgument for the future: a position after the log's end, or a time that
// has not come.
Result<Position> resolve(const EventLog& log, const Point& point, Timestamp now);

// An id or a slug. A slug makes an id, so this needs no look-up; whether there is such a topic the log says.
Result<TopicId> parse_topic(const std::string& text);
// The id of a participant, or a tag in a ballot box: a UUID or 32 hexadecimal digits; "system" is nil.
Result<Uuid> parse_actor(const std::string& text);

}  // namespace civiclog
