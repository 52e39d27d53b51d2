#include "replay-tools/arguments.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/number.h"
#include "base/text.h"
#include "commands/command.h"
#include "replay-tools/verbs.h"

namespace civiclog {
namespace {

// Whether this would be a time if the log reached so far back. The calendar repeats itself every 400 years.
bool is_before_1970(const std::string& text) {
  constexpr int kCycle = 400, kFirstYear = 1970;
  constexpr int64_t kMsPerCycle = int64_t{146'097} * 86'400'000;
  int year = 0;
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + std::min<size_t>(text.size(), 4), year);
  if (error != std::errc() || end != begin + 4 || year < 0) return false;
  int64_t cycles = 0;
  // 1970 too: an offset can lead out of it.
  for (; year <= kFirstYear; year += kCycle) ++cycles;
  const auto time = parse_rfc3339(std::to_string(year) + text.substr(4));
  return time && time->ms < cycles * kMsPerCycle;
}

}  // namespace

Result<Timestamp> parse_time(const std::string& text, const char* option) {
  const auto time = parse_rfc3339(text);
  if (time) return *time;
  if (is_before_1970(text)) {
    return usage_error(fmt::format("{} {}: times before 1970 are not kept; give one from 1970-01-01T00:00:00Z on", option, text));
  }
  return usage_error(fmt::format("{} takes a time such as 2026-03-09T12:00:00Z, not \"{}\"", option, text));
}

Result<Point> parse_point(const std::string& text, const char* option) {
  if (const auto number = parse_number(text)) return Point(Position{*number});
  if (parse_rfc3339(text) || is_before_1970(text)) {
    const Result<Timestamp> time = parse_time(text, option);
    if (!time) return time.error();
    return Point(*time);
  }
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

Result<TopicName> parse_topic(const std::string& text) {
  TopicName name{text, {}, {}};
  if (const auto id = parse_uuid(text)) name.by_id = TopicId{*id};
  if (is_valid_slug(text)) name.by_slug = topic_id_of(text);
  if (name.by_id || name.by_slug) return name;
  return usage_error(fmt::format("\"{}\" is neither a topic's id nor a slug", text));
}

Result<TopicId> find_topic(const EventLog& log, const TopicName& name) {
  for (const std::optional<TopicId>& meant : {name.by_id, name.by_slug}) {
    if (!meant) continue;
    const Result<Version> version = log.stream_version(stream_of(*meant));
    if (!version) return version.error();
    if (*version != kNone) return *meant;
  }
  return name.by_id ? *name.by_id : *name.by_slug;
}

Error no_such_topic(const TopicName& name, Position up_to) {
  return not_found(fmt::format("there is no topic {} up to position {}; `civic-replay log --type topic-launched` lists the topics",
                               name.text, up_to.value));
}

Result<Uuid> parse_actor(const std::string& text) {
  if (text == "system") return Uuid{};
  if (const auto id = parse_uuid(text)) return *id;
  if (const auto bytes = from_hex(text); bytes && bytes->size() == sizeof(Uuid)) return Uuid{ByteReader(*bytes).array<16>()};
  return usage_error(fmt::format("--actor takes a participant's id, a ballot tag or \"system\", not \"{}\"", text));
}

}  // namespace civiclog
