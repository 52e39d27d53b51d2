#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query-api/door/http_request.h"
#include "query-api/door/http_response.h"
#include "query-api/door/later_response.h"

// Finds the route of a request: a trie of path segments, walked once from the left without recursion, without
// backtracking and without regular expressions. The work is bounded by the segments of the longest pattern times
// the patterns, whatever the request looks like.
//
// Filled at start by one thread; afterwards handle() is const and safe from every thread.
//
// A pattern is "/" or segments such as "/v1/topics/{topic}/contributions". "{name}" takes exactly one non-empty
// segment. Where a written segment and a "{name}" both fit, the written one is preferred, from left to right.
// A trailing slash is a different path, which is a 404 unless there is a pattern for it.

namespace civiclog {

inline constexpr size_t kMaxPatternSegments = 16;

// What the "{name}" segments of the pattern stand for in this request, percent-decoded. Views into the request and
// the router: valid while the handler runs.
class PathParameters {
 public:
  PathParameters(std::string_view pattern, std::vector<std::pair<std::string_view, std::string_view>> values)
      : pattern_(pattern), values_(std::move(values)) {}

  // The parameter must be in the pattern; asking for another is a defect.
  std::string_view at(std::string_view name) const;
  // The same of an equal request that lives elsewhere.
  PathParameters of(const HttpRequest& from, const HttpRequest& to) const;
  // The pattern itself: the label for metrics, since it has no ids in it.
  std::string_view pattern() const { return pattern_; }

 private:
  std::string_view pattern_;
  std::vector<std::pair<std::string_view, std::string_view>> values_;
};

class Router {
 public:
  using RouteHandler = std::function<Response(const HttpRequest&, const PathParameters&)>;

  Router();
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // A malformed pattern, a parameter named twice, or a route added twice is a defect (CHECK). A GET route answers HEAD too,
  // called with Method::kHead; the door leaves the body out. OPTIONS needs no route.
  void add(Method method, std::string_view pattern, RouteHandler handler);

  // The route's answer; 404 "route_not_found"; 405 "method_not_allowed" with Allow; 204 with Allow for OPTIONS. `route` is told
  // the number of the pattern that fits before its handler is called, and left alone when none fits.
  Response handle(const HttpRequest& request, std::optional<size_t>* route = nullptr) const;

  // By their number: in the order in which they were first added.
  const std::vector<std::string>& patterns() const { return patterns_; }
  // Every method of every pattern, as added: without the HEAD and OPTIONS that are implied.
  std::vector<std::pair<Method, std::string>> routes() const;

 private:
  struct Node;

  const Node* find(const std::vector<std::string>& segments) const;

  std::unique_ptr<Node> root_;
  std::vector<std::string> patterns_;
};

}  // namespace civiclog
