#include "query-api/reading/topic_lookup.h"

#include "query-api/reading/read_route.h"

namespace civiclog {
namespace {

Result<FoundTopic> with_now(const Reading& reading, std::optional<TopicRow> then) {
  if (!then) return nothing_here("topic");
  if (!reading.is_past()) return FoundTopic{*then, *then};
  const Result<TopicQueries> latest = reading.now<TopicQueries>();
  if (!latest) return latest.error();
  Result<std::optional<TopicRow>> now = latest->get(then->id);
  if (!now) return now.error();
  if (!*now) return corrupt("A topic of the past is missing from the read models of now; run `civic-replay rebuild`.");
  return FoundTopic{std::move(*then), std::move(**now)};
}

}  // namespace

Result<FoundTopic> find_topic(const Reading& reading, TopicId id) {
  const Result<TopicQueries> topics = reading.then<TopicQueries>();
  if (!topics) return topics.error();
  Result<std::optional<TopicRow>> then = topics->get(id);
  if (!then) return then.error();
  return with_now(reading, std::move(*then));
}

Result<FoundTopic> find_topic(const Reading& reading, std::string_view id_or_slug) {
  const Result<TopicQueries> topics = reading.then<TopicQueries>();
  if (!topics) return topics.error();
  if (const std::optional<Uuid> id = parse_uuid(id_or_slug)) {
    Result<std::optional<TopicRow>> then = topics->get(TopicId{*id});
    if (!then) return then.error();
    if (*then) return with_now(reading, std::move(*then));
  }
  Result<std::optional<TopicRow>> then = topics->by_slug(id_or_slug);
  if (!then) return then.error();
  return with_now(reading, std::move(*then));
}

}  // namespace civiclog
