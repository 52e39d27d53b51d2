#include "query-api/reading/contributions_json.h"

#include <algorithm>

#include "projections/comments.h"
#include "query-api/reading/json_values.h"
#include "query-api/reading/moderation_json.h"
#include "query-api/reading/read_route.h"

namespace civiclog {
namespace {

// The same contribution in the latest rows.
Result<ContributionRow> row_of_now(const Reading& reading, const ContributionItem& item) {
  if (!reading.is_past()) return item.row;
  const Result<ContributionQueries> latest = reading.now<ContributionQueries>();
  if (!latest) return latest.error();
  Result<std::optional<ContributionItem>> now = latest->get(item.row.id);
  if (!now) return now.error();
  if (!*now) return corrupt("A contribution of the past is missing from the read models of now; run `civic-replay rebuild`.");
  return std::move((*now)->row);
}

Result<ThreadRow> thread_of(const Reading& reading, ContributionId id) {
  const Result<CommentQueries> comments = reading.then<CommentQueries>();
  if (!comments) return comments.error();
  return comments->counts(id);
}

}  // namespace

Result<std::optional<ItemStatus>> withheld_today(const Reading& reading, const ContributionItem& item) {
  if (item.visible_now) return std::optional<ItemStatus>();
  const Result<ContributionRow> now = row_of_now(reading, item);
  if (!now) return now.error();
  return std::optional<ItemStatus>(now->status);
}

boost::json::value tally_json(const TallyRow& tally, bool embargoed) {
  if (embargoed) return nullptr;
  boost::json::object out;
  out["agree"] = tally.agree;
  out["disagree"] = tally.disagree;
  out["pass"] = tally.pass;
  return out;
}

Result<boost::json::object> contribution_json(Reading& reading, const ContributionItem& item, bool embargoed) {
  const ContributionRow& row = item.row;
  const Result<std::optional<ItemStatus>> withheld = withheld_today(reading, item);
  if (!withheld) return withheld.error();
  const Result<ThreadRow> thread = thread_of(reading, row.id);
  if (!thread) return thread.error();
  Result<boost::json::value> moderation = moderation_json(reading, row.moderation);
  if (!moderation) return moderation.error();
  boost::json::object out;
  out["id"] = id_json(row.id);
  out["topic"] = id_json(row.topic);
  out["kind"] = name_json(row.kind);
  out["source_id"] = optional_text_json(row.source_id);
  out["status"] = name_json(row.status);
  out["visible"] = item.visible_now;
  out["author"] = actor_json(row.author);
  out["title"] = reading.words().show(row.title, *withheld);
  out["body"] = reading.words().show(row.body, *withheld);
  out["link"] = reading.words().show(row.link, *withheld);
  out["version"] = row.version;
  out["submitted"] = moment_json(row.submitted);
  out["tally"] = tally_json(item.tally, embargoed);
  if (embargoed) out["embargo"] = true;
  out["comments"] = thread->visible;
  out["moderation"] = std::move(*moderation);
  return out;
}

Result<ContributionItem> find_contribution(const Reading& reading, std::string_view id) {
  const std::optional<Uuid> uuid = parse_uuid(id);
  if (!uuid) return nothing_here("contribution");
  const Result<ContributionQueries> contributions = reading.then<ContributionQueries>();
  if (!contributions) return contributions.error();
  Result<std::optional<ContributionItem>> item = contributions->get(ContributionId{*uuid});
  if (!item) return item.error();
  if (!*item) return nothing_here("contribution");
  return std::move(**item);
}

Result<Position> contribution_changed(const Reading& reading, const ContributionItem& item, const FoundTopic& topic) {
  const Result<ContributionRow> now = row_of_now(reading, item);
  if (!now) return now.error();
  const Result<ThreadRow> thread = thread_of(reading, item.row.id);
  if (!thread) return thread.error();
  const Position changed = std::max({item.row.changed, now->changed, thread->position});
  // The position of a vote says as much as the count it changed. The topic's own moves when the embargo ends.
  return std::max(changed, is_embargoed(topic.now) ? topic.now.changed : std::max(item.tally.position, topic.now.changed));
}

}  // namespace civiclog
