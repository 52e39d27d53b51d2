#include "query-api/reading/comments_routes.h"

#include <algorithm>

#include "projections/comments.h"
#include "query-api/reading/contributions_json.h"
#include "query-api/reading/json_values.h"
#include "query-api/reading/moderation_json.h"

namespace civiclog {
namespace {

const std::vector<std::string_view> kCommentModels = {"comments", "contributions", "moderation"};

Result<CommentRow> row_of_now(const Reading& reading, const CommentItem& item) {
  if (!reading.is_past()) return item.row;
  const Result<CommentQueries> latest = reading.now<CommentQueries>();
  if (!latest) return latest.error();
  Result<std::optional<CommentItem>> now = latest->get(item.row.id);
  if (!now) return now.error();
  if (!*now) return corrupt("A comment of the past is missing from the read models of now; run `civic-replay rebuild`.");
  return std::move((*now)->row);
}

// `target`: today's status of what is commented on, if that is not shown.
Result<boost::json::object> comment_json(Reading& reading, const CommentItem& item, std::optional<ItemStatus> target) {
  const CommentRow& row = item.row;
  std::optional<ItemStatus> withheld = target;
  if (!item.visible_now) {
    const Result<CommentRow> now = row_of_now(reading, item);
    if (!now) return now.error();
    withheld = now->status;
  }
  Result<boost::json::value> moderation = moderation_json(reading, row.moderation);
  if (!moderation) return moderation.error();
  boost::json::object out;
  out["id"] = id_json(row.id);
  out["topic"] = id_json(row.topic);
  out["contribution"] = id_json(row.target);
  out["parent"] = id_json(row.parent);
  out["depth"] = row.depth;
  out["stance"] = name_json(row.stance);
  out["source_id"] = optional_text_json(row.source_id);
  out["status"] = name_json(row.status);
  out["visible"] = !withheld;
  out["author"] = actor_json(row.author);
  out["body"] = reading.words().show(row.body, withheld);
  out["version"] = row.version;
  out["posted"] = moment_json(row.posted);
  out["moderation"] = std::move(*moderation);
  return out;
}

Result<CommentFilter> filter_of(const Reading& reading) {
  CommentFilter filter;
  const auto stance = reading.named("stance", kMaxStance);
  if (!stance) return stance.error();
  filter.stance = *stance;
  const std::string show = reading.parameter_of("show").value_or("visible");
  if (show != "visible" && show != "all") {
    return Error{ErrorCode::kInvalidArgument, "show is \"visible\" or \"all\".", "filter_invalid"};
  }
  filter.only_visible_now = show == "visible";
  return filter;
}

Result<Reply> list_comments(Reading& reading, const PathParameters& parameters) {
  const Result<CommentFilter> filter = filter_of(reading);
  if (!filter) return filter.error();
  const Result<ContributionItem> target = find_contribution(reading, parameters.at("contribution"));
  if (!target) return target.error();
  const Result<std::optional<ItemStatus>> withheld = withheld_today(reading, *target);
  if (!withheld) return withheld.error();
  // What is hidden takes its comments with it.
  if (*withheld && filter->only_visible_now) return list_reply(reading, {}, {});
  const Result<CommentQueries> comments = reading.then<CommentQueries>();
  if (!comments) return comments.error();
  const Result<Page<CommentItem>> page = comments->thread(target->row.id, reading.page(), *filter);
  if (!page) return page.error();
  boost::json::array items;
  for (const CommentItem& item : page->items) {
    Result<boost::json::object> one = comment_json(reading, item, *withheld);
    if (!one) return one.error();
    items.push_back(std::move(*one));
  }
  return list_reply(reading, std::move(items), page->next);
}

Result<CommentItem> find_comment(const Reading& reading, std::string_view id) {
  const std::optional<Uuid> uuid = parse_uuid(id);
  if (!uuid) return nothing_here("comment");
  const Result<CommentQueries> comments = reading.then<CommentQueries>();
  if (!comments) return comments.error();
  Result<std::optional<CommentItem>> item = comments->get(CommentId{*uuid});
  if (!item) return item.error();
  if (!*item) return nothing_here("comment");
  return std::move(**item);
}

// Today's row of what is commented on.
Result<ContributionItem> target_of_now(const Reading& reading, const CommentItem& item) {
  const Result<ContributionQueries> latest = reading.now<ContributionQueries>();
  if (!latest) return latest.error();
  Result<std::optional<ContributionItem>> target = latest->get(item.row.target);
  if (!target) return target.error();
  if (!*target) return corrupt("A comment's contribution is missing from the read models; run `civic-replay rebuild`.");
  return std::move(**target);
}

Result<Reply> one_comment(Reading& reading, const PathParameters& parameters) {
  const Result<CommentItem> item = find_comment(reading, parameters.at("comment"));
  if (!item) return item.error();
  const Result<ContributionItem> target = target_of_now(reading, *item);
  if (!target) return target.error();
  const Result<CommentRow> now = row_of_now(reading, *item);
  if (!now) return now.error();
  const std::optional<ItemStatus> withheld = target->visible_now ? std::nullopt : std::optional(target->row.status);
  Result<boost::json::object> body = comment_json(reading, *item, withheld);
  if (!body) return body.error();
  return Reply{std::move(*body), std::max({item->row.changed, now->changed, target->row.changed})};
}

}  // namespace

ReadRoutes comments_routes() {
  return {{"/v1/contributions/{contribution}/comments", {kCommentModels, {"stance", "show"}, RouteShape::kList}, list_comments},
          {"/v1/comments/{comment}", {kCommentModels, {}}, one_comment}};
}

}  // namespace civiclog
