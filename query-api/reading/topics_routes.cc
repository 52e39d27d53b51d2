#include "query-api/reading/topics_routes.h"

#include "query-api/reading/organisations_routes.h"
#include "query-api/reading/topics_json.h"

namespace civiclog {
namespace {

Result<Page<TopicRow>> page_of_topics(const Reading& reading) {
  const Result<TopicQueries> topics = reading.then<TopicQueries>();
  if (!topics) return topics.error();
  const Result<PageRequest> request = reading.page_in_order("oldest");
  if (!request) return request.error();
  const std::optional<std::string> of = reading.parameter_of("organisation");
  if (!of) return topics->list(*request);
  const Result<OrganisationRow> organisation = find_organisation(reading, *of);
  if (!organisation) return organisation.error();
  return topics->list(organisation->id, *request);
}

Result<Reply> list_topics(Reading& reading, const PathParameters&) {
  const Result<Page<TopicRow>> page = page_of_topics(reading);
  if (!page) return page.error();
  boost::json::array items;
  for (const TopicRow& row : page->items) {
    const Result<FoundTopic> topic = reading.is_past() ? find_topic(reading, row.id) : FoundTopic{row, row};
    if (!topic) return topic.error();
    Result<TopicJson> one = topic_json(reading, *topic);
    if (!one) return one.error();
    items.push_back(std::move(one->body));
  }
  return list_reply(reading, std::move(items), page->next);
}

Result<Reply> one_topic(Reading& reading, const PathParameters& parameters) {
  const Result<FoundTopic> topic = find_topic(reading, parameters.at("topic"));
  if (!topic) return topic.error();
  Result<TopicJson> one = topic_json(reading, *topic);
  if (!one) return one.error();
  return Reply{std::move(one->body), one->changed};
}

}  // namespace

ReadRoutes topics_routes() {
  RouteReads list{kTopicModels, {"organisation", "order"}, RouteShape::kList};
  list.models.push_back("organisations");
  return {{"/v1/topics", std::move(list), list_topics}, {"/v1/topics/{topic}", {kTopicModels, {}}, one_topic}};
}

}  // namespace civiclog
