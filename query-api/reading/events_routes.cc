#include "query-api/reading/events_routes.h"

#include <algorithm>

#include "base/base64.h"
#include "base/number.h"
#include "events/payload_codec.h"
#include "events/public_form.h"
#include "projections/topics.h"
#include "query-api/reading/json_values.h"
#include "reports/payload_json.h"

namespace civiclog {
namespace {

constexpr size_t kSealedDayOffset = 48;
constexpr int64_t kMsPerDay = 86'400'000;

boost::json::object open_event_json(const StoredEvent& event) {
  const Envelope& envelope = event.envelope;
  boost::json::object out;
  out["position"] = envelope.position.value;
  out["sealed"] = false;
  out["type"] = text_json(envelope.type);
  out["stream"] = text_json(envelope.stream.text());
  out["stream_version"] = envelope.stream_version.value;
  out["recorded_at"] = time_json(envelope.recorded_at);
  out["occurred_at"] = envelope.occurred_at ? time_json(*envelope.occurred_at) : nullptr;
  out["actor"] = actor_json(envelope.actor);
  const Result<Payload> payload = decode_payload(event);
  out["summary"] = payload ? boost::json::value(payload_json(*payload)) : boost::json::value(nullptr);
  out["bytes"] = text_json(to_base64(event.bytes));
  return out;
}

boost::json::object sealed_event_json(Position position, BoxId box, std::string_view form) {
  ByteReader in(form.substr(kSealedDayOffset));
  const auto day = static_cast<int32_t>(in.u32());
  const std::string date = to_rfc3339({day * kMsPerDay}).substr(0, std::string_view("2026-01-01").size());
  boost::json::object out;
  out["position"] = position.value;
  out["sealed"] = true;
  out["box"] = id_json(box);
  out["day"] = text_json(date);
  out["commitment"] = hex_json(in.raw(std::tuple_size_v<Digest>));
  out["bytes"] = text_json(to_base64(form));
  return out;
}

// Once the key of a box is destroyed nobody can compute a sealed form any more, on purpose.
boost::json::object keyless_event_json(Position position, BoxId box) {
  boost::json::object out;
  out["position"] = position.value;
  out["sealed"] = true;
  out["box"] = id_json(box);
  out["state"] = "key_destroyed";
  out["bytes"] = nullptr;
  return out;
}

Result<boost::json::object> event_json(const Reading& reading, const TopicQueries& topics, const StoredEvent& event) {
  const std::optional<BoxId> box = governing_box(event);
  if (!box) return open_event_json(event);
  const Result<std::optional<TopicRow>> topic = topics.by_box(*box);
  if (!topic) return topic.error();
  if (!*topic || !(*topic)->box || (*topic)->box->id != *box) {
    return corrupt("The read model topics does not know the box of a ballot; run `civic-replay rebuild`.");
  }
  const Secrecy secrecy = (*topic)->box->secrecy;
  if (secrecy == Secrecy::kOpen) return open_event_json(event);
  const std::optional<Key> key = reading.side().vault().box_key(*box);
  if (!key) return keyless_event_json(event.envelope.position, *box);
  return sealed_event_json(event.envelope.position, *box, public_form(event, BoxSecrecy{secrecy, *key}));
}

Result<Position> read_after(const Reading& reading) {
  const std::optional<std::string> text = reading.parameter_of("after");
  if (!text) return Position{};
  const std::optional<uint64_t> number = parse_number(*text);
  if (!number) return Error{ErrorCode::kInvalidArgument, "after is a position of the log: a number, 0 or more.", "after_invalid"};
  return Position{*number};
}

Result<Reply> list_events(Reading& reading, const PathParameters&) {
  const Result<Position> after = read_after(reading);
  if (!after) return after.error();
  // Of now: an event as of the reading's position is the same for ever, and its box was opened before it.
  const Result<TopicQueries> topics = reading.now<TopicQueries>();
  if (!topics) return topics.error();
  Reply answer;
  boost::json::array items;
  Position last = *after;
  if (*after < reading.position()) {
    const Result<std::vector<StoredEvent>> events = reading.side().log().read(*after, reading.page().limit);
    if (!events) return events.error();
    for (const StoredEvent& event : *events) {
      if (event.envelope.position > reading.position()) break;
      Result<boost::json::object> one = event_json(reading, *topics, event);
      if (!one) return one.error();
      items.push_back(std::move(*one));
      last = event.envelope.position;
    }
  }
  answer.body["items"] = std::move(items);
  answer.body["next"] = last < reading.position() ? text_json(std::to_string(last.value)) : nullptr;
  return answer;
}

}  // namespace

ReadRoutes events_routes() { return {{"/v1/events", {{"topics"}, {"after", "limit"}}, list_events}}; }

}  // namespace civiclog
