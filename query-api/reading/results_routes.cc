#include "query-api/reading/results_routes.h"

#include "projections/ballots.h"
#include "query-api/reading/contributions_json.h"
#include "query-api/reading/json_values.h"

namespace civiclog {
namespace {

Result<boost::json::object> result_json(Reading& reading, const ContributionItem& item, bool embargoed) {
  const Result<std::optional<ItemStatus>> withheld = withheld_today(reading, item);
  if (!withheld) return withheld.error();
  boost::json::object out;
  out["id"] = id_json(item.row.id);
  out["kind"] = name_json(item.row.kind);
  out["source_id"] = optional_text_json(item.row.source_id);
  out["status"] = name_json(item.row.status);
  out["visible"] = item.visible_now;
  out["title"] = reading.words().show(item.row.title, *withheld);
  out["body"] = reading.words().show(item.row.body, *withheld);
  out["version"] = item.row.version;
  out["tally"] = tally_json(item.tally, embargoed);
  return out;
}

// Where the numbers come from: whoever replays the log up to the position with these rules gets the same.
boost::json::object provenance_json(const Reading& reading, const FoundTopic& topic, const ContributionQueries& contributions) {
  boost::json::object out;
  out["position"] = reading.position().value;
  out["read_model"] = "contributions";
  out["read_model_version"] = contributions.reader().record().version;
  out["box"] = topic.then.box ? id_json(topic.then.box->id) : nullptr;
  out["secrecy"] = topic.then.box ? name_json(topic.then.box->secrecy) : nullptr;
  out["box_state"] = !topic.then.box ? "not_opened" : topic.then.box->closed ? "closed" : "open";
  out["rules_hash"] = topic.then.box ? hex_json(view(topic.then.box->rules_hash)) : nullptr;
  return out;
}

Result<BoxCounts> counts_of_box(const Reading& reading, const TopicRow& topic) {
  if (!topic.box) return BoxCounts{};
  const Result<BallotQueries> ballots = reading.then<BallotQueries>();
  if (!ballots) return ballots.error();
  const Result<std::optional<BoxCounts>> counts = ballots->counts(topic.box->id);
  if (!counts) return counts.error();
  return counts->value_or(BoxCounts{});
}

Result<Reply> list_results(Reading& reading, const PathParameters& parameters) {
  const Result<FoundTopic> topic = find_topic(reading, parameters.at("topic"));
  if (!topic) return topic.error();
  const bool embargoed = is_embargoed(topic->now);
  const Result<ContributionQueries> contributions = reading.then<ContributionQueries>();
  if (!contributions) return contributions.error();
  const Result<Page<ContributionItem>> page = contributions->list(topic->then.id, reading.page());
  if (!page) return page.error();
  const Result<BoxCounts> box = counts_of_box(reading, topic->then);
  if (!box) return box.error();
  boost::json::array items;
  for (const ContributionItem& item : page->items) {
    Result<boost::json::object> one = result_json(reading, item, embargoed);
    if (!one) return one.error();
    items.push_back(std::move(*one));
  }
  Reply answer;
  answer.body["topic"] = id_json(topic->then.id);
  if (embargoed) answer.body["embargo"] = true;
  answer.body["voters"] = embargoed ? boost::json::value(nullptr) : boost::json::value(box->voters);
  answer.body["votes"] = embargoed ? boost::json::value(nullptr) : boost::json::value(box->votes);
  answer.body["provenance"] = provenance_json(reading, *topic, *contributions);
  for (auto& member : list_reply(reading, std::move(items), page->next).body) answer.body[member.key()] = std::move(member.value());
  return answer;
}

}  // namespace

ReadRoutes results_routes() {
  return {{"/v1/topics/{topic}/results", {{"contributions", "topics", "ballots"}, {}, RouteShape::kList}, list_results}};
}

}  // namespace civiclog
