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

// RFC 3339, from 1970 on. `option` is named in the error.
Result<Timestamp> parse_time(const std::string& text, const char* option);
Result<Point> parse_point(const std::string& text, const char* option);
// The last position at or before the point. kInvalidArgument for the future: a position after the log's end, or a time that
// has not come.
Result<Position> resolve(const EventLog& log, const Point& point, Timestamp now);

// A topic as a person calls it. What looks like an id may be a slug all the same.
struct TopicName {
  std::string text;
  std::optional<TopicId> by_id;
  std::optional<TopicId> by_slug;  // A slug makes an id.
};
// At least one of the two.
Result<TopicName> parse_topic(const std::string& text);
// The topic of this id, otherwise the one of this slug. If the log's index knows neither, its first meaning: then the events
// decide.
Result<TopicId> find_topic(const EventLog& log, const TopicName& name);
// kNotFound, with the topic as it was called.
Error no_such_topic(const TopicName& name, Position up_to);
// The id of a participant, or a tag in a ballot box: a UUID or 32 hexadecimal digits; "system" is nil.
Result<Uuid> parse_actor(const std::string& text);

}  // namespace civiclog
