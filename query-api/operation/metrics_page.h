#pragma once

#include <cstddef>
#include <string>

#include "installation/installation.h"
#include "query-api/door/http_response.h"
#include "query-api/operation/metrics_commands.h"
#include "query-api/operation/metrics_http.h"

// GET /metrics: what the service counts, in the text format of Prometheus (exposition format 0.0.4). docs/http-api.md,
// section Operation, lists every name.
//
// Label values come from closed sets: patterns of routes, methods, statuses, types and outcomes of commands, names and states of
// read models. No id, no subject, no address, no word. So nothing here can join a subject and a ballot; what the numbers show is
// when an act happened, which the log's head shows as well.

namespace civiclog {

struct MetricsSources {
  Installation& installation;
  const HttpMetrics& http;
  const CommandMetrics& commands;
  size_t open_connections = 0;
};

// From any thread. The only code that knows prometheus-cpp is that of this function.
HttpResponse metrics_response(const MetricsSources& sources);

}  // namespace civiclog
