#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "query-api/door/cors.h"
#include "query-api/door/gzip.h"
#include "query-api/door/http_request.h"
#include "query-api/door/later_response.h"
#include "query-api/operation/metrics_http.h"

// What happens to every answer between its route and the door, at once or when it comes later: the headers of CORS, the coding of
// the body, and that it is counted, once.

namespace civiclog {

class Outgoing {
 public:
  explicit Outgoing(CorsPolicy cors) : cors_(std::move(cors)) {}
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  // Before the first answer. A later answer keeps the counters alive, since it may be thrown away after everything else is gone.
  void count_in(std::shared_ptr<HttpMetrics> metrics) { metrics_ = std::move(metrics); }

  // Finds the route and has it answer; tells the number of the route's pattern before it does.
  using Route = std::function<Response(const HttpRequest&, std::optional<size_t>* route)>;

  // On the door's threads, several at a time. An exception of the route passes through and counts as the 500 the door makes of it.
  Response answer(const HttpRequest& request, const Route& route) const;

 private:
  // What is left of the request when its answer is there.
  struct Asked {
    std::chrono::steady_clock::time_point begun;
    Method method = Method::kGet;
    std::optional<size_t> route;
    CorsPolicy::Asked cors;
    CodingAsked coding;
  };
  class Pending;

  void finish(const Asked& asked, HttpResponse& response) const;
  LaterResponse finish_later(Asked asked, LaterResponse later) const;

  const CorsPolicy cors_;
  std::shared_ptr<HttpMetrics> metrics_;
};

}  // namespace civiclog
