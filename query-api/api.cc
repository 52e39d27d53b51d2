#include "query-api/api.h"

#include "query-api/activity_routes.h"
#include "query-api/comments_routes.h"
#include "query-api/contributions_routes.h"
#include "query-api/events_routes.h"
#include "query-api/head_routes.h"
#include "query-api/moderation_routes.h"
#include "query-api/organisations_routes.h"
#include "query-api/own_ballot_route.h"
#include "query-api/results_routes.h"
#include "query-api/topics_routes.h"
#include "query-api/writing/routes.h"

namespace civiclog {

Api::Api(Installation& installation, ReadSideOptions options, Gate* gate)
    : side_(installation.log(), installation.views(), installation.vault(), installation.projector(), std::move(options)) {
  add_head_routes(router_, side_, [&installation] { return installation.failure(); });
  add(organisations_routes());
  add(topics_routes());
  add(contributions_routes());
  add(comments_routes());
  add(results_routes());
  add(moderation_routes());
  add(activity_routes());
  add(events_routes());
  if (gate == nullptr) return;
  add_own_ballot_route(router_, side_, *gate);
  write_side_.emplace(WriteSide{installation.log(), installation.commands(), *gate, side_.options().clock, side_.options().log});
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
                  return answer_reading(side_, owned, request, parameters);
                });
  }
}

}  // namespace civiclog
