#pragma once

#include <optional>

#include "installation/installation.h"
#include "query-api/http_request.h"
#include "query-api/http_response.h"
#include "query-api/read_route.h"
#include "query-api/read_side.h"
#include "query-api/router.h"
#include "query-api/writing/write_route.h"

// The API of one installation: every route there is (docs/http-api.md). Give handle() to a Door.
//
// Threads: handle() from all of the door's; the rest by the owner.

namespace civiclog {

class Api {
 public:
  // The installation must outlive this, and follow its log (start_following()).
  // Without a gate nobody writes.
  Api(Installation& installation, ReadSideOptions options, Gate* gate = nullptr);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  Response handle(const HttpRequest& request) const { return router_.handle(request); }

  // Before the door drains: /readyz says 503, and nobody waits for a read model any more.
  void begin_stop() { side_.stop_waiting(); }

 private:
  void add(ReadRoutes routes);
  void add(WriteRoutes routes);

  ReadSide side_;
  std::optional<WriteSide> write_side_;
  Router router_;
};

}  // namespace civiclog
