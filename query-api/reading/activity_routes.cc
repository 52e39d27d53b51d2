#include "query-api/reading/activity_routes.h"

#include "projections/activity.h"
#include "query-api/reading/json_values.h"
#include "query-api/reading/organisations_routes.h"
#include "query-api/reading/topic_lookup.h"

namespace civiclog {
namespace {

boost::json::object line_json(Reading& reading, const ActivityRow& row) {
  const bool is_flag = row.type == ContentFlagged::kType;
  boost::json::object subject;
  subject["kind"] = text_json(name_of(row.subject.kind));
  subject["id"] = id_json(row.subject.id);
  boost::json::object out;
  out["position"] = row.position.value;
  out["type"] = text_json(row.type);
  out["recorded_at"] = time_json(row.recorded_at);
  out["happened_at"] = time_json(row.happened_at);
  out["actor"] = actor_json(row.actor);
  out["subject"] = std::move(subject);
  out["organisation"] = id_json(row.organisation);
  out["topic"] = id_json(row.topic);
  out["contribution"] = id_json(row.contribution);
  out["comment"] = id_json(row.comment);
  out["case"] = id_json(row.moderation_case);
  out["participant"] = id_json(row.participant);
  out["phase"] = row.phase ? boost::json::value(*row.phase) : boost::json::value(nullptr);
  out["role"] = row.role ? name_json(*row.role) : nullptr;
  out["action"] = row.action ? name_json(*row.action) : nullptr;
  out["ground"] = row.ground ? name_json(*row.ground) : nullptr;
  out["reason"] = is_flag ? Words::withhold(row.reason) : reading.words().show(row.reason);
  return out;
}

Result<Reply> feed(Reading& reading, const Result<Page<ActivityRow>>& page) {
  if (!page) return page.error();
  boost::json::array items;
  for (const ActivityRow& row : page->items) items.push_back(line_json(reading, row));
  return list_reply(reading, std::move(items), page->next);
}

Result<Reply> topic_activity(Reading& reading, const PathParameters& parameters) {
  const Result<PageRequest> request = reading.page_in_order("newest");
  if (!request) return request.error();
  const Result<FoundTopic> topic = find_topic(reading, parameters.at("topic"));
  if (!topic) return topic.error();
  const Result<ActivityQueries> activity = reading.then<ActivityQueries>();
  if (!activity) return activity.error();
  return feed(reading, activity->of_topic(topic->then.id, *request));
}

Result<Reply> organisation_activity(Reading& reading, const PathParameters& parameters) {
  const Result<PageRequest> request = reading.page_in_order("newest");
  if (!request) return request.error();
  const Result<OrganisationRow> organisation = find_organisation(reading, parameters.at("organisation"));
  if (!organisation) return organisation.error();
  const Result<ActivityQueries> activity = reading.then<ActivityQueries>();
  if (!activity) return activity.error();
  return feed(reading, activity->of_organisation(organisation->id, *request));
}

}  // namespace

ReadRoutes activity_routes() {
  return {{"/v1/topics/{topic}/activity", {{"activity", "topics"}, {"order"}, RouteShape::kList}, topic_activity},
          {"/v1/organisations/{organisation}/activity",
           {{"activity", "organisations"}, {"order"}, RouteShape::kList},
           organisation_activity}};
}

}  // namespace civiclog
