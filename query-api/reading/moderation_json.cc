#include "query-api/reading/moderation_json.h"

#include "query-api/reading/json_values.h"

namespace civiclog {

boost::json::object decision_json(Reading& reading, const DecisionRow& decision) {
  boost::json::object out;
  out["action"] = name_json(decision.action);
  out["ground"] = name_json(decision.ground);
  out["facts"] = reading.words().show(decision.facts);
  out["policy"] = text_json(decision.policy_ref);
  out["automated"] = decision.automated;
  out["actor"] = actor_json(decision.actor);
  out["decided"] = moment_json(decision.decided);
  return out;
}

Result<boost::json::value> moderation_json(Reading& reading, const std::optional<ModerationMark>& mark) {
  if (!mark) return boost::json::value(nullptr);
  const Result<ModerationQueries> cases = reading.then<ModerationQueries>();
  if (!cases) return cases.error();
  // The case's decision is written in the same commit, before its effect on the item.
  const PageRequest last_before{ByteWriter().be64(mark->position.value).take(), 1, true};
  const Result<Page<DecisionRow>> page = cases->decisions(mark->moderation_case, last_before);
  if (!page) return page.error();
  boost::json::object out;
  out["case"] = id_json(mark->moderation_case);
  if (page->items.empty()) {
    out["action"] = name_json(mark->action);
    return boost::json::value(std::move(out));
  }
  for (auto& member : decision_json(reading, page->items.front())) out[member.key()] = std::move(member.value());
  return boost::json::value(std::move(out));
}

}  // namespace civiclog
