#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "projections/page.h"
#include "projections/view_snapshot.h"
#include "query-api/door/http_request.h"
#include "query-api/reading/cursor.h"
#include "query-api/reading/read_side.h"
#include "query-api/reading/words_json.h"

// One reading request: what moment it is answered of, and one snapshot of all read models.
//
//   as_of         a position, or an RFC 3339 time: the last position recorded until then. Not in the future.
//   min_position  waits until the read models have applied this position
//   wait          with min_position: waits so many seconds, and then answers as it is
//   cursor        goes on with a list; carries the position its first page was of
//   limit         1 to kMaxListItems
//
// Every row of an answer is of position(): of as_of or the cursor, or else of the lowest position among the read models it
// is made from. What may be shown is decided by now(), the same snapshot's latest rows.
//
// Belongs to the thread that answers the request.

namespace civiclog {

inline constexpr size_t kMaxListItems = 200;
inline constexpr size_t kDefaultListItems = 50;
inline constexpr uint64_t kMaxWaitSeconds = 25;  // Below what proxies and DoorOptions::answer_timeout_ms allow.

enum class RouteShape { kSingle, kList };

// What a route reads and takes.
struct RouteReads {
  std::vector<std::string_view> models;   // The read models; at least one.
  std::vector<std::string_view> filters;  // Query parameters of its own.
  RouteShape shape = RouteShape::kSingle;
};

// What a request waits for before it can be answered.
struct ReadingWait {
  Position position;
  std::chrono::milliseconds at_most{0};
};

class Reading {
 public:
  // nullopt: nothing to wait for, or nothing that begin() would not refuse at once.
  static std::optional<ReadingWait> wait_of(const ReadSide& side, const HttpRequest& request, const RouteReads& reads);
  // Never waits. Errors, by their rules: "parameter_unknown", "parameter_repeated", "as_of_invalid", "as_of_future",
  // "min_position_invalid", "wait_invalid", "limit_invalid", "cursor_invalid" (kInvalidArgument); those of
  // ReadSide::check_applied. `has_waited`: a request with a wait of its own is answered as it is.
  static Result<Reading> begin(const ReadSide& side, const HttpRequest& request, const RouteReads& reads, bool has_waited = false);

  const ReadSide& side() const { return *side_; }
  const HttpRequest& request() const { return *request_; }
  Position position() const { return position_; }
  // Whether rows are read as of a position, so that now() may say something else.
  bool is_past() const { return as_of_.has_value(); }

  // The route must have named the read model.
  template <typename Queries>
  Result<Queries> then() const { return read<Queries>(as_of_); }
  template <typename Queries>
  Result<Queries> now() const { return read<Queries>(std::nullopt); }

  Words& words() { return words_; }
  const Words& words() const { return words_; }

  // A filter of the route; "filter_invalid" (kInvalidArgument) unless it is one of the names.
  template <typename Enum>
  Result<std::optional<Enum>> named(std::string_view parameter, Enum max) const {
    const std::optional<std::string> text = parameter_of(parameter);
    if (!text) return std::optional<Enum>();
    if (std::optional<Enum> value = parse_name(*text, max)) return value;
    return bad_name(parameter);
  }
  // nullopt when it is not given. The parameter must be one the route takes.
  std::optional<std::string> parameter_of(std::string_view name) const;

  // Lists only.
  PageRequest page(bool newest_first = false) const { return {resume_, limit_, newest_first}; }
  // In the order that the filter "order" asks for, "newest" or "oldest" first; as usual when it is not given.
  Result<PageRequest> page_in_order(std::string_view usual) const;
  // The "next" of an answer: a cursor, or null at the end.
  boost::json::value next_json(const std::string& resume) const;

  // The versions of the read models, in the order the route names them: "1.1.2".
  const std::string& versions() const { return versions_; }

 private:
  Reading(const ReadSide& side, const HttpRequest& request, ViewSnapshot snapshot)
      : side_(&side), request_(&request), snapshot_(std::move(snapshot)), words_(side.vault()) {}

  template <typename Queries>
  Result<Queries> read(std::optional<Position> as_of) const {
    CHECK(named_ == nullptr || is_named(Queries::kProjection));
    return snapshot_.read<Queries>(as_of);
  }
  bool is_named(std::string_view model) const;
  Status settle_position(const RouteReads& reads);
  static Error bad_name(std::string_view parameter);

  const ReadSide* side_;
  const HttpRequest* request_;
  const RouteReads* named_ = nullptr;
  ViewSnapshot snapshot_;
  Words words_;
  std::optional<Position> as_of_;
  Position position_;
  std::string resume_;
  size_t limit_ = kDefaultListItems;
  std::string versions_;
};

}  // namespace civiclog
