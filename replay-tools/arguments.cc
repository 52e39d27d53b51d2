#include "replay-tools/arguments.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "commands/command.h"
#include "replay-tools/verbs.h"

namespace civiclog {

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Point> parse_point(const std::string& text, const char* option) {
  if (const auto number = parse_number(text)) return Point(Position{*number});
  if (const auto time = parse_rfc3339(text)) return Point(*time);
  return usage_error(fmt::format("{} takes a position such as 1234 or a time such as 2026-03-09T12:00:00Z, not \"{}\"", option, text));
}

Result<Position> resolve(const EventLog& log, const Point& point, Timestamp now) {
  if (const auto* time = std::get_if<Timestamp>(&point)) {
    if (*time > now) return invalid_argument(fmt::format("{} lies in the future", to_rfc3339(*time)));
    return position_at(log, *time);
  }
  const Position position = std::get<Position>(point);
  if (position <= log.head()) return position;
  return invalid_argument(fmt::format("the log ends at position {}, there is no position {} yet", log.head().value, position.value));
}

Result<TopicId> parse_topic(const std::string& text) {
  if (const auto id = parse_uuid(text)) return TopicId{*id};
  if (is_valid_slug(text)) return topic_id_of(text);
  return usage_error(fmt::format("\"{}\" is neither a topic's id nor a slug", text));
}

Result<Uuid> parse_actor(const std::string& text) {
  if (text == "system") return Uuid{};
  if (const auto id = parse_uuid(text)) return *id;
  if (const auto bytes = from_hex(text); bytes && bytes->size() == sizeof(Uuid)) return Uuid{ByteReader(*bytes).array<16>()};
  return usage_error(fmt::format("--actor takes a participant's id, a ballot tag or \"system\", not \"{}\"", text));
}

}  // namespace civiclog
