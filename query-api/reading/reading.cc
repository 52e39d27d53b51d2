#include "query-api/reading/reading.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/number.h"

namespace civiclog {
namespace {

Error refuse(const char* rule, std::string message) { return {ErrorCode::kInvalidArgument, std::move(message), rule}; }

Error bad_cursor() {
  return refuse("cursor_invalid", "The cursor is not one that this list gave out; begin again without it.");
}

bool has(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string_view> parameters_of(const RouteReads& reads) {
  std::vector<std::string_view> names = {"as_of", "min_position", "wait"};
  if (reads.shape == RouteShape::kList) names.insert(names.end(), {"cursor", "limit"});
  names.insert(names.end(), reads.filters.begin(), reads.filters.end());
  return names;
}

Status check_parameters(const HttpRequest& request, const RouteReads& reads) {
  const std::vector<std::string_view> known = parameters_of(reads);
  std::vector<std::string_view> seen;
  for (const Field& parameter : request.query) {
    if (!has(known, parameter.name)) {
      return refuse("parameter_unknown", fmt::format("There is no query parameter \"{}\" here; known are {}.", parameter.name,
                                                     fmt::join(known, ", ")));
    }
    if (has(seen, parameter.name)) {
      return refuse("parameter_repeated", fmt::format("The query parameter \"{}\" is given more than once; give it once.",
                                                      parameter.name));
    }
    seen.push_back(parameter.name);
  }
  return {};
}

std::optional<std::string> value_of(const HttpRequest& request, std::string_view name) {
  for (const Field& parameter : request.query) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

Result<Position> position_of_time(const ReadSide& side, Timestamp time) {
  const EventLog& log = side.log();
  if (time > side.options().clock()) {
    // After a step back of the machine's clock the log is ahead of it, and what it has recorded is not the future.
    const Position head = log.head();
    if (head == Position{}) return refuse("as_of_future", "as_of is in the future; nothing is recorded yet.");
    const Result<StoredEvent> last = read_one(log, head);
    if (!last) return last.error();
    if (time > last->envelope.recorded_at) return refuse("as_of_future", "as_of is in the future; ask for now or earlier.");
  }
  return position_at(log, time);
}

Result<std::optional<Position>> read_as_of(const ReadSide& side, const HttpRequest& request) {
  const std::optional<std::string> text = value_of(request, "as_of");
  if (!text) return std::optional<Position>();
  if (const std::optional<uint64_t> number = parse_number(*text)) {
    if (Position{*number} > side.log().head()) {
      return refuse("as_of_future", fmt::format("as_of is position {}, and the log has {}; ask for that one or an earlier one.",
                                                *number, side.log().head().value));
    }
    return std::optional<Position>(Position{*number});
  }
  const std::optional<Timestamp> time = parse_rfc3339(*text);
  if (!time) {
    return refuse("as_of_invalid", "as_of is a position, or a time such as 2026-03-01T12:00:00Z (write a \"+\" in it as %2B).");
  }
  const Result<Position> position = position_of_time(side, *time);
  if (!position) return position.error();
  return std::optional<Position>(*position);
}

Result<Position> read_min_position(const HttpRequest& request) {
  const std::optional<std::string> text = value_of(request, "min_position");
  if (!text) return Position{};
  const std::optional<uint64_t> number = parse_number(*text);
  if (!number) return refuse("min_position_invalid", "min_position is a position of the log: a number, 0 or more.");
  return Position{*number};
}

// nullopt: not given.
Result<std::optional<std::chrono::milliseconds>> read_wait(const HttpRequest& request) {
  const std::optional<std::string> text = value_of(request, "wait");
  if (!text) return std::optional<std::chrono::milliseconds>();
  const std::optional<uint64_t> seconds = parse_number(*text);
  if (!seconds || *seconds > kMaxWaitSeconds || !value_of(request, "min_position")) {
    return refuse("wait_invalid", fmt::format("wait is a number of seconds from 0 to {}, and goes with min_position.", kMaxWaitSeconds));
  }
  return std::optional<std::chrono::milliseconds>(std::chrono::seconds(*seconds));
}

Result<size_t> read_limit(const HttpRequest& request) {
  const std::optional<std::string> text = value_of(request, "limit");
  if (!text) return kDefaultListItems;
  const std::optional<uint64_t> number = parse_number(*text);
  if (!number || *number == 0 || *number > kMaxListItems) {
    return refuse("limit_invalid", fmt::format("limit is a number from 1 to {}.", kMaxListItems));
  }
  return static_cast<size_t>(*number);
}

Result<std::optional<Cursor>> read_cursor(const ReadSide& side, const HttpRequest& request,
                                          const std::optional<Position>& as_of) {
  const std::optional<std::string> text = value_of(request, "cursor");
  if (!text) return std::optional<Cursor>();
  std::optional<Cursor> cursor = decode_cursor(side.cursor_key(), list_identity(request), *text);
  if (!cursor || cursor->position > side.log().head()) return bad_cursor();
  if (as_of && *as_of != cursor->position) {
    return refuse("cursor_invalid", "The cursor is of another moment than as_of; leave as_of out or begin again without the cursor.");
  }
  return cursor;
}

}  // namespace

std::optional<ReadingWait> Reading::wait_of(const ReadSide& side, const HttpRequest& request, const RouteReads& reads) {
  const Result<Position> min_position = read_min_position(request);
  const Result<std::optional<std::chrono::milliseconds>> wait = read_wait(request);
  const Result<std::optional<Position>> as_of = read_as_of(side, request);
  if (!min_position || !wait || !as_of || !check_parameters(request, reads)) return std::nullopt;
  if (!read_limit(request) || !read_cursor(side, request, *as_of)) return std::nullopt;
  const Position needed = std::max(*min_position, as_of->value_or(Position{}));
  if (side.check_applied(reads.models, needed)) return std::nullopt;
  return ReadingWait{needed, wait->value_or(side.options().max_wait)};
}

Result<Reading> Reading::begin(const ReadSide& side, const HttpRequest& request, const RouteReads& reads, bool has_waited) {
  CHECK(!reads.models.empty());
  if (Status known = check_parameters(request, reads); !known) return known.error();
  const Result<std::optional<Position>> as_of = read_as_of(side, request);
  if (!as_of) return as_of.error();
  const Result<Position> min_position = read_min_position(request);
  if (!min_position) return min_position.error();
  const Result<std::optional<std::chrono::milliseconds>> wait = read_wait(request);
  if (!wait) return wait.error();
  const Result<size_t> limit = read_limit(request);
  if (!limit) return limit.error();
  Result<std::optional<Cursor>> cursor = read_cursor(side, request, *as_of);
  if (!cursor) return cursor.error();

  const std::optional<Position> wanted = *cursor ? std::optional<Position>((*cursor)->position) : *as_of;
  const bool as_it_is = has_waited && *wait;
  const Position needed = std::max(as_it_is ? Position{} : *min_position, wanted.value_or(Position{}));
  if (Status applied = side.check_applied(reads.models, needed); !applied) return applied.error();

  Reading reading(side, request, side.views().snapshot());
  reading.named_ = &reads;
  reading.limit_ = *limit;
  reading.as_of_ = wanted;
  if (*cursor) reading.resume_ = std::move((*cursor)->resume);
  if (Status settled = reading.settle_position(reads); !settled) return settled.error();
  return reading;
}

Result<PageRequest> Reading::page_in_order(std::string_view usual) const {
  const std::string order = parameter_of("order").value_or(std::string(usual));
  if (order == "newest" || order == "oldest") return page(order == "newest");
  return refuse("filter_invalid", "order is \"newest\" or \"oldest\".");
}

Status Reading::settle_position(const RouteReads& reads) {
  std::optional<Position> lowest;
  bool differ = false;
  for (const std::string_view model : reads.models) {
    const Result<ViewReader> reader = snapshot_.reader(model, as_of_);
    if (!reader) return reader.error();
    differ = differ || (lowest && *lowest != reader->position());
    lowest = std::min(lowest.value_or(reader->position()), reader->position());
    if (!versions_.empty()) versions_ += '.';
    versions_ += std::to_string(reader->record().version);
  }
  position_ = *lowest;
  if (differ) as_of_ = position_;
  return {};
}

bool Reading::is_named(std::string_view model) const { return has(named_->models, model); }

std::optional<std::string> Reading::parameter_of(std::string_view name) const { return value_of(*request_, name); }

Error Reading::bad_name(std::string_view parameter) {
  return refuse("filter_invalid", fmt::format("The value of \"{}\" is not one of its names.", parameter));
}

boost::json::value Reading::next_json(const std::string& resume) const {
  if (resume.empty()) return nullptr;
  const std::string text = encode_cursor(side_->cursor_key(), list_identity(*request_), {position_, resume});
  return boost::json::value(boost::json::string(text));
}

}  // namespace civiclog
