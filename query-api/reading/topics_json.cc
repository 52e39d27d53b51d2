#include "query-api/reading/topics_json.h"

#include <algorithm>

#include "projections/ballots.h"
#include "projections/comments.h"
#include "projections/contributions.h"
#include "query-api/reading/json_values.h"
#include "reports/payload_json.h"

namespace civiclog {
namespace {

boost::json::value optional_moment_json(const std::optional<Moment>& moment) {
  if (!moment) return nullptr;
  return moment_json(*moment);
}

boost::json::array phases_json(const TopicRow& topic) {
  boost::json::array out;
  for (size_t i = 0; i < topic.phases.size(); ++i) {
    const PhaseRow& phase = topic.phases[i];
    boost::json::object planned;
    planned["starts_at"] = time_json(phase.planned.starts_at);
    planned["ends_at"] = time_json(phase.planned.ends_at);
    boost::json::object one;
    one["phase"] = i;
    one["kind"] = name_json(phase.planned.kind);
    one["state"] = phase.closed ? "closed" : phase.opened ? "open" : "planned";
    one["allows"] = allows_json(phase.planned.allows);
    one["planned"] = std::move(planned);
    one["opened"] = optional_moment_json(phase.opened);
    one["closed"] = optional_moment_json(phase.closed);
    out.push_back(std::move(one));
  }
  return out;
}

boost::json::value box_json(const FoundTopic& topic) {
  if (!topic.then.box) return nullptr;
  const BoxRow& box = *topic.then.box;
  boost::json::object out;
  out["id"] = id_json(box.id);
  out["secrecy"] = name_json(box.secrecy);
  out["key_fingerprint"] = hex_json(view(box.key_fingerprint));
  out["rules_hash"] = hex_json(view(box.rules_hash));
  out["opened"] = moment_json(box.opened);
  out["closed"] = optional_moment_json(box.closed);
  if (is_embargoed(topic.now)) out["embargo"] = true;
  return out;
}

// The sum of what the three read models count. Positions go into `changed`; an embargoed box gives neither count nor position.
Result<boost::json::object> counts_json(const Reading& reading, const FoundTopic& topic, Position& changed) {
  const Result<ContributionQueries> contributions = reading.then<ContributionQueries>();
  if (!contributions) return contributions.error();
  const Result<ContributionCounts> contributed = contributions->counts(topic.then.id);
  if (!contributed) return contributed.error();
  const Result<CommentQueries> comments = reading.then<CommentQueries>();
  if (!comments) return comments.error();
  const Result<CommentCounts> commented = comments->counts(topic.then.id);
  if (!commented) return commented.error();

  boost::json::object visible;
  for (uint8_t kind = 1; kind <= static_cast<uint8_t>(kMaxContributionKind); ++kind) {
    const auto named = static_cast<ContributionKind>(kind);
    visible[boost::json::string(std::string(name_of(named)))] = contributed->count(named);
  }
  boost::json::object out;
  out["contributions"] = std::move(visible);
  out["submitted"] = contributed->submitted;
  out["comments"] = commented->shown;
  out["voters"] = nullptr;
  changed = std::max({changed, contributed->position, commented->position});
  if (!topic.then.box || is_embargoed(topic.now)) return out;
  const Result<BallotQueries> ballots = reading.then<BallotQueries>();
  if (!ballots) return ballots.error();
  const Result<std::optional<BoxCounts>> box = ballots->counts(topic.then.box->id);
  if (!box) return box.error();
  if (!*box) return out;
  out["voters"] = (*box)->voters;
  changed = std::max(changed, (*box)->position);
  return out;
}

Result<boost::json::value> import_json(const Reading& reading, TopicId topic, Position& changed) {
  const Result<TopicQueries> topics = reading.then<TopicQueries>();
  if (!topics) return topics.error();
  const Result<std::optional<ImportRow>> row = topics->import_of(topic);
  if (!row) return row.error();
  if (!*row) return boost::json::value(nullptr);
  boost::json::object out;
  out["source"] = text_json((*row)->source);
  out["content_digest"] = hex_json(view((*row)->content_digest));
  out["imported_at"] = time_json((*row)->imported_at);
  out["drives_clock"] = (*row)->drives_clock;
  changed = std::max(changed, (*row)->position);
  return boost::json::value(std::move(out));
}

}  // namespace

Result<TopicJson> topic_json(Reading& reading, const FoundTopic& topic) {
  const TopicRow& row = topic.then;
  Position changed = std::max(row.changed, topic.now.changed);
  Result<boost::json::object> counts = counts_json(reading, topic, changed);
  if (!counts) return counts.error();
  Result<boost::json::value> import = import_json(reading, row.id, changed);
  if (!import) return import.error();
  boost::json::object out;
  out["id"] = id_json(row.id);
  out["slug"] = text_json(row.slug);
  out["organisation"] = id_json(row.organisation);
  out["title"] = reading.words().show(row.title);
  out["summary"] = reading.words().show(row.summary);
  out["source_id"] = optional_text_json(row.source_id);
  out["launched"] = moment_json(row.launched);
  out["current_phase"] = row.current_phase ? boost::json::value(*row.current_phase) : boost::json::value(nullptr);
  out["phases"] = phases_json(row);
  out["rules"] = rules_json(row.rules);
  out["box"] = box_json(topic);
  out["counts"] = std::move(*counts);
  out["import"] = std::move(*import);
  return TopicJson{std::move(out), changed};
}

}  // namespace civiclog
