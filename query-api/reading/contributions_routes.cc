#include "query-api/reading/contributions_routes.h"

#include "query-api/reading/contributions_json.h"

namespace civiclog {
namespace {

Result<ContributionFilter> filter_of(const Reading& reading) {
  ContributionFilter filter;
  const auto kind = reading.named("kind", kMaxContributionKind);
  if (!kind) return kind.error();
  const auto status = reading.named("status", kMaxItemStatus);
  if (!status) return status.error();
  filter.kind = *kind;
  filter.status = *status;
  filter.only_visible_now = !filter.status;
  return filter;
}

Result<Reply> list_contributions(Reading& reading, const PathParameters& parameters) {
  const Result<ContributionFilter> filter = filter_of(reading);
  if (!filter) return filter.error();
  const Result<FoundTopic> topic = find_topic(reading, parameters.at("topic"));
  if (!topic) return topic.error();
  const Result<ContributionQueries> contributions = reading.then<ContributionQueries>();
  if (!contributions) return contributions.error();
  const Result<PageRequest> request = reading.page_in_order("oldest");
  if (!request) return request.error();
  const Result<Page<ContributionItem>> page = contributions->list(topic->then.id, *request, *filter);
  if (!page) return page.error();
  boost::json::array items;
  for (const ContributionItem& item : page->items) {
    Result<boost::json::object> one = contribution_json(reading, item, is_embargoed(topic->now));
    if (!one) return one.error();
    items.push_back(std::move(*one));
  }
  return list_reply(reading, std::move(items), page->next);
}

Result<Reply> one_contribution(Reading& reading, const PathParameters& parameters) {
  const Result<ContributionItem> item = find_contribution(reading, parameters.at("contribution"));
  if (!item) return item.error();
  const Result<FoundTopic> topic = find_topic(reading, item->row.topic);
  if (!topic) return topic.error();
  Result<boost::json::object> body = contribution_json(reading, *item, is_embargoed(topic->now));
  if (!body) return body.error();
  const Result<Position> changed = contribution_changed(reading, *item, *topic);
  if (!changed) return changed.error();
  return Reply{std::move(*body), *changed};
}

}  // namespace

ReadRoutes contributions_routes() {
  return {{"/v1/topics/{topic}/contributions", {kContributionModels, {"kind", "status", "order"}, RouteShape::kList}, list_contributions},
          {"/v1/contributions/{contribution}", {kContributionModels, {}}, one_contribution}};
}

}  // namespace civiclog
