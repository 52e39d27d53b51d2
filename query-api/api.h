#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "installation/installation.h"
#include "query-api/door/http_request.h"
#include "query-api/door/http_response.h"
#include "query-api/door/router.h"
#include "query-api/outgoing.h"
#include "query-api/reading/read_route.h"
#include "query-api/reading/read_side.h"
#include "query-api/writing/write_route.h"

// The API of one installation: every route there is (docs/http-api.md). Give handle() to a Door.
//
// Threads: handle() from all of the door's; the rest by the owner.

namespace civiclog {

struct ApiOptions {
  CorsPolicy cors;
  std::function<size_t()> open_connections = [] { return size_t{0}; };  // Of the door; for the metrics. From any thread.
};

class Api {
 public:
  // The installation must outlive this, and follow its log (start_following()).
  // Without a gate nobody writes.
  Api(Installation& installation, ReadSideOptions options, Gate* gate = nullptr, ApiOptions more = {});
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  Response handle(const HttpRequest& request) const { return outgoing_.answer(request, route_); }

  std::vector<std::pair<Method, std::string>> routes() const { return router_.routes(); }

  // Before the door drains: /readyz says 503, and nobody waits for a read model any more.
  void begin_stop() { side_.stop_waiting(); }

 private:
  void add(ReadRoutes routes);
  void add(WriteRoutes routes);
  void add_metrics_route(Installation& installation, std::function<size_t()> open_connections);
  void add_write_routes(Installation& installation, Gate& gate);

  ReadSide side_;
  std::optional<WriteSide> write_side_;
  Router router_;
  const std::shared_ptr<CommandMetrics> command_metrics_ = std::make_shared<CommandMetrics>();
  std::shared_ptr<HttpMetrics> http_metrics_;
  Outgoing outgoing_;
  const Outgoing::Route route_;
};

}  // namespace civiclog
