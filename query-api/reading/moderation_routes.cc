#include "query-api/reading/moderation_routes.h"

#include <algorithm>

#include "query-api/reading/json_values.h"
#include "query-api/reading/moderation_json.h"
#include "query-api/reading/topic_lookup.h"

namespace civiclog {
namespace {

Result<boost::json::object> case_json(Reading& reading, const ModerationQueries& cases, const CaseRow& row) {
  Result<Page<DecisionRow>> page = cases.decisions(row.id, {{}, kMaxDecisionsShown, true});
  if (!page) return page.error();
  std::reverse(page->items.begin(), page->items.end());
  boost::json::array decisions;
  for (const DecisionRow& decision : page->items) decisions.push_back(decision_json(reading, decision));
  boost::json::object out;
  out["id"] = id_json(row.id);
  out["contribution"] = id_json(row.target.contribution);
  out["comment"] = id_json(row.target.comment);
  out["flags"] = row.flags;
  out["opened"] = moment_json(row.opened);
  out["decisions_total"] = row.decisions;
  out["decisions"] = std::move(decisions);
  return out;
}

Result<Reply> list_cases(Reading& reading, const PathParameters& parameters) {
  const Result<FoundTopic> topic = find_topic(reading, parameters.at("topic"));
  if (!topic) return topic.error();
  const Result<ModerationQueries> cases = reading.then<ModerationQueries>();
  if (!cases) return cases.error();
  const Result<Page<CaseRow>> page = cases->list(topic->then.id, reading.page());
  if (!page) return page.error();
  boost::json::array items;
  for (const CaseRow& row : page->items) {
    Result<boost::json::object> one = case_json(reading, *cases, row);
    if (!one) return one.error();
    items.push_back(std::move(*one));
  }
  return list_reply(reading, std::move(items), page->next);
}

}  // namespace

ReadRoutes moderation_routes() {
  return {{"/v1/topics/{topic}/moderation", {{"moderation", "topics"}, {}, RouteShape::kList}, list_cases}};
}

}  // namespace civiclog
