#include "query-api/reading/own_ballot_route.h"

#include "commands/secrets.h"
#include "projections/ballots.h"
#include "projections/participants.h"
#include "query-api/reading/json_values.h"
#include "query-api/reading/read_route.h"
#include "query-api/reading/topic_lookup.h"

namespace civiclog {
namespace {

constexpr const char* kPattern = "/v1/topics/{topic}/ballot";

const RouteReads& reads() {
  static const RouteReads kReads{{"ballots", "participants", "topics"}, {}, RouteShape::kSingle};
  return kReads;
}

// nullopt: no choice can be of this caller.
Result<std::optional<Tag>> tag_of(const Reading& reading, const BoxId& box, ParticipantId participant) {
  const Result<ParticipantQueries> participants = reading.now<ParticipantQueries>();
  if (!participants) return participants.error();
  const Result<std::optional<ParticipantRow>> row = participants->get(participant);
  if (!row) return row.error();
  if (!*row || (*row)->identity.is_nil()) return std::optional<Tag>();
  const Result<WordLookup> identity = reading.side().vault().get((*row)->identity);
  if (!identity) return identity.error();
  const std::optional<Key> key = reading.side().vault().box_key(box);
  if (!key || identity->state != WordState::kPresent) return std::optional<Tag>();
  return std::optional(ballot_tag(*key, identity->content->text));
}

Result<Reply> own_choices(Reading& reading, std::string_view topic_name, const Caller& caller) {
  const Result<FoundTopic> topic = find_topic(reading, topic_name);
  if (!topic) return topic.error();
  boost::json::array items;
  if (topic->then.box && !caller.issuer.is_system()) {
    const Result<std::optional<Tag>> tag = tag_of(reading, topic->then.box->id, caller.issuer.participant);
    if (!tag) return tag.error();
    const Result<BallotQueries> ballots = reading.then<BallotQueries>();
    if (!ballots) return ballots.error();
    const Result<std::vector<Ballot>> choices =
        *tag ? ballots->choices(topic->then.box->id, **tag) : Result<std::vector<Ballot>>(std::vector<Ballot>());
    if (!choices) return choices.error();
    for (const Ballot& ballot : *choices) {
      items.push_back(boost::json::object{{"contribution", id_json(ballot.contribution)}, {"choice", name_json(ballot.row.choice)},
                                          {"version", ballot.row.contribution_version}});
    }
  }
  Reply reply;
  reply.body["topic"] = id_json(topic->then.id);
  reply.body["items"] = std::move(items);
  return reply;
}

}  // namespace

void add_own_ballot_route(Router& router, const ReadSide& side, Gate& gate) {
  router.add(Method::kGet, kPattern, [&side, &gate](const HttpRequest& request, const PathParameters& parameters) -> Response {
    const auto caller = gate.admit(request);
    if (!caller) return caller.error();
    const MakeReply reply = [&caller](Reading& reading, const PathParameters& at) {
      return own_choices(reading, at.at("topic"), *caller);
    };
    HttpResponse response = answer_reading(side, ReadRoute{kPattern, reads(), reply}, request, parameters);
    for (Field& header : response.headers) {
      if (header.name == "Cache-Control") header.value = "private, no-store";
    }
    return std::move(response).with("Vary", "Authorization");
  });
}

}  // namespace civiclog
