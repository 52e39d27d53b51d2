#include "query-api/api.h"

#include "query-api/operation/head_routes.h"
#include "query-api/operation/metrics_page.h"
#include "query-api/operation/openapi_route.h"
#include "query-api/reading/activity_routes.h"
#include "query-api/reading/comments_routes.h"
#include "query-api/reading/contributions_routes.h"
#include "query-api/reading/events_routes.h"
#include "query-api/reading/moderation_routes.h"
#include "query-api/reading/organisations_routes.h"
#include "query-api/reading/own_ballot_route.h"
#include "query-api/reading/results_routes.h"
#include "query-api/reading/topics_routes.h"
#include "query-api/writing/routes.h"

namespace civiclog {

Api::Api(Installation& installation, ReadSideOptions options, Gate* gate, ApiOptions more)
    : side_(installation.log(), installation.views(), installation.vault(), installation.projector(), std::move(options)),
      outgoing_(std::move(more.cors)),
      route_([this](const HttpRequest& request, std::optional<size_t>* route) { return router_.handle(request, route); }) {
  add_head_routes(router_, side_, [&installation] { return installation.troubles(); });
  add(organisations_routes());
  add(topics_routes());
  add(contributions_routes());
  add(comments_routes());
  add(results_routes());
  add(moderation_routes());
  add(activity_routes());
  add(events_routes());
  add_openapi_route(router_, side_);
  if (gate != nullptr) add_write_routes(installation, *gate);
  add_metrics_route(installation, std::move(more.open_connections));
  http_metrics_ = std::make_shared<HttpMetrics>(router_.patterns());
  outgoing_.count_in(http_metrics_);
}

void Api::add_metrics_route(Installation& installation, std::function<size_t()> open_connections) {
  router_.add(Method::kGet, "/metrics",
              [this, &installation, open = std::move(open_connections)](const HttpRequest& request, const PathParameters&) {
                if (Status known = request.allow_query({}); !known) {
                  return reading_problem(side_, {ErrorCode::kInvalidArgument, known.error().message, "parameter_unknown"});
                }
                return metrics_response({installation, *http_metrics_, *command_metrics_, open()});
              });
}

void Api::add_write_routes(Installation& installation, Gate& gate) {
  add_own_ballot_route(router_, side_, gate);
  write_side_.emplace(WriteSide{installation.log(), installation.commands(), gate, side_.options().clock, side_.options().log,
                                command_metrics_});
  for (const auto& writes : {organisation_writes, participant_writes, topic_writes, contribution_writes, comment_writes, ballot_writes,
                             moderation_writes}) {
    add(writes());
  }
}

void Api::add(WriteRoutes routes) {
  for (WriteRoute& route : routes) {
    const Method method = route.method;
    const std::string_view pattern = route.pattern;
    router_.add(method, pattern, [this, owned = std::move(route)](const HttpRequest& request, const PathParameters& parameters) {
      return answer_writing(*write_side_, owned, request, parameters);
    });
  }
}

void Api::add(ReadRoutes routes) {
  for (ReadRoute& route : routes) {
    const std::string_view pattern = route.pattern;
    router_.add(Method::kGet, pattern,
                [this, owned = std::move(route)](const HttpRequest& request, const PathParameters& parameters) {
                  return answer_reading_when_applied(side_, owned, request, parameters);
                });
  }
}

}  // namespace civiclog
