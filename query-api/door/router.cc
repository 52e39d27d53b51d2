#include "query-api/door/router.h"

#include <algorithm>

#include "base/check.h"
#include "query-api/door/problem.h"

namespace civiclog {

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> written;
  std::unique_ptr<Node> parameter;
  // Of the pattern that ends here; empty if none does.
  std::string pattern;
  size_t number = 0;
  std::map<Method, RouteHandler> handlers;
  std::vector<std::pair<size_t, std::string>> parameters;  // Segment index and name.
};

namespace {

std::vector<std::string_view> split_path(std::string_view path) {
  CHECK(path.starts_with('/'));
  std::vector<std::string_view> segments;
  for (size_t begin = 1;;) {
    const size_t end = path.find('/', begin);
    segments.push_back(path.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return segments;
    begin = end + 1;
  }
}

bool is_parameter(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

std::string join(const std::vector<Method>& methods) {
  std::string names;
  for (const Method method : methods) {
    if (!names.empty()) names += ", ";
    names += name_of(method);
  }
  return names;
}

}  // namespace

std::string_view PathParameters::at(std::string_view name) const {
  const auto found = std::find_if(values_.begin(), values_.end(), [&](const auto& value) { return value.first == name; });
  CHECK(found != values_.end());
  return found->second;
}

PathParameters PathParameters::of(const HttpRequest& from, const HttpRequest& to) const {
  std::vector<std::pair<std::string_view, std::string_view>> values;
  for (const auto& parameter : values_) {
    const auto segment = std::find_if(from.segments.begin(), from.segments.end(),
                                      [&](const std::string& candidate) { return candidate.data() == parameter.second.data(); });
    CHECK(segment != from.segments.end());
    values.emplace_back(parameter.first, to.segments.at(static_cast<size_t>(segment - from.segments.begin())));
  }
  return PathParameters(pattern_, std::move(values));
}

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(Method method, std::string_view pattern, RouteHandler handler) {
  const std::vector<std::string_view> segments = split_path(pattern);
  CHECK(segments.size() <= kMaxPatternSegments);
  CHECK(handler != nullptr);
  Node* node = root_.get();
  std::vector<std::pair<size_t, std::string>> parameters;
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    if (is_parameter(segment)) {
      const std::string name(segment.substr(1, segment.size() - 2));
      CHECK(std::none_of(parameters.begin(), parameters.end(), [&](const auto& other) { return other.second == name; }));
      parameters.emplace_back(i, name);
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      CHECK(segment.find_first_of("{}") == std::string_view::npos);
      std::unique_ptr<Node>& child = node->written[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
  }
  // The same path with other parameter names would leave one of the two handlers without its parameter.
  CHECK(node->pattern.empty() || node->pattern == pattern);
  if (node->pattern.empty()) {
    node->number = patterns_.size();
    patterns_.emplace_back(pattern);
  }
  node->pattern = std::string(pattern);
  node->parameters = std::move(parameters);
  CHECK(node->handlers.emplace(method, std::move(handler)).second);
}

const Router::Node* Router::find(const std::vector<std::string>& segments) const {
  if (segments.size() > kMaxPatternSegments) return nullptr;
  // All nodes that fit so far, the preferred one first. Each node is reached by one way only, so there are never
  // more than there are patterns.
  std::vector<const Node*> fitting = {root_.get()};
  std::vector<const Node*> next;
  for (const std::string& segment : segments) {
    next.clear();
    for (const Node* node : fitting) {
      if (const auto child = node->written.find(segment); child != node->written.end()) next.push_back(child->second.get());
      if (node->parameter && !segment.empty()) next.push_back(node->parameter.get());
    }
    fitting.swap(next);
  }
  const auto end = std::find_if(fitting.begin(), fitting.end(), [](const Node* node) { return !node->handlers.empty(); });
  return end == fitting.end() ? nullptr : *end;
}

std::vector<std::pair<Method, std::string>> Router::routes() const {
  std::vector<std::pair<Method, std::string>> all;
  for (const std::string& pattern : patterns_) {
    // "{name}" is no written segment anywhere, so a pattern finds itself.
    const std::vector<std::string_view> segments = split_path(pattern);
    for (const auto& [method, handler] : find({segments.begin(), segments.end()})->handlers) all.emplace_back(method, pattern);
  }
  return all;
}

Response Router::handle(const HttpRequest& request, std::optional<size_t>* route) const {
  if (request.method == Method::kOptions && request.segments.empty()) {
    return empty_response(204).with("Allow", join({std::begin(kAllMethods), std::end(kAllMethods)}));
  }
  const Node* node = find(request.segments);
  if (node == nullptr) return problem_response(404, "route_not_found", "There is nothing at this address.");
  if (route != nullptr) *route = node->number;

  auto handler = node->handlers.find(request.method);
  if (handler == node->handlers.end() && request.method == Method::kHead) handler = node->handlers.find(Method::kGet);
  if (handler == node->handlers.end()) {
    std::vector<Method> allowed;
    for (const Method method : kAllMethods) {
      const bool implied = method == Method::kOptions || (method == Method::kHead && node->handlers.contains(Method::kGet));
      if (implied || node->handlers.contains(method)) allowed.push_back(method);
    }
    if (request.method == Method::kOptions) return empty_response(204).with("Allow", join(allowed));
    return problem_response(405, "method_not_allowed",
                            "This address does not take this method; the Allow header lists those it takes.")
        .with("Allow", join(allowed));
  }

  std::vector<std::pair<std::string_view, std::string_view>> values;
  values.reserve(node->parameters.size());
  for (const auto& [index, name] : node->parameters) values.emplace_back(name, request.segments[index]);
  return handler->second(request, PathParameters(node->pattern, std::move(values)));
}

}  // namespace civiclog
