#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "query-api/door/http_response.h"
#include "query-api/door/later_response.h"
#include "query-api/door/router.h"
#include "query-api/reading/reading.h"

// A route that reads: what it needs, and the function that makes its answer from one Reading.

namespace civiclog {

struct Reply {
  boost::json::object body;  // Without "position": that is added, last, to every answer.
  // A single resource: the last event that changed what the answer shows. A list has none; its ETag is of its content.
  std::optional<Position> changed;
};

using MakeReply = std::function<Result<Reply>(Reading&, const PathParameters&)>;

struct ReadRoute {
  std::string_view pattern;
  RouteReads reads;
  MakeReply answer;
};

using ReadRoutes = std::vector<ReadRoute>;

// {"items": […], "next": …}
Reply list_reply(const Reading& reading, boost::json::array items, const std::string& resume);

// The route's answer to one request, with Civic-Position, ETag and Cache-Control; 304 when If-None-Match has the tag;
// problem+json for an Error. A rule of the Error is the problem's code. What must not be told to clients goes to the
// side's log.
HttpResponse answer_reading(const ReadSide& side, const ReadRoute& route, const HttpRequest& request,
                            const PathParameters& parameters, bool has_waited = false);
// The same for everybody alike: later if it must wait for the read models, and from the cache while nothing has changed. Not for
// what depends on who asks. `side` and `route` must outlive the answer.
Response answer_reading_when_applied(const ReadSide& side, const ReadRoute& route, const HttpRequest& request,
                                     const PathParameters& parameters);

// For routes that do not read through a Reading.
HttpResponse tagged_response(const HttpRequest& request, std::string body, Position position, const std::string& tag);
HttpResponse reading_problem(const ReadSide& side, const Error& error);

// The organisation or topic is not there (at that moment).
Error nothing_here(std::string_view what);

}  // namespace civiclog
