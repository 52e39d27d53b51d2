#include "replay-tools/event_json.h"

#include "reports/json_text.h"

namespace civiclog {
namespace {

using boost::json::object;
using boost::json::value;

value time_json(Timestamp time) { return json_text(to_rfc3339(time)); }
value id_json(const Uuid& id) { return id.is_nil() ? value(nullptr) : value(json_text(id.text())); }

object actor_json(const Actor& actor) {
  return {{"kind", json_text(name_of(actor.kind))}, {"id", id_json(actor.id)}, {"role", json_text(name_of(actor.role))}};
}

}  // namespace

object event_json(const Envelope& envelope, const Payload& payload, const ReadWord& read_word) {
  object out;
  out["position"] = envelope.position.value;
  out["recorded_at"] = time_json(envelope.recorded_at);
  out["occurred_at"] = envelope.occurred_at ? time_json(*envelope.occurred_at) : value(nullptr);
  out["stream"] = json_text(envelope.stream.text());
  out["stream_version"] = envelope.stream_version.value;
  out["type"] = json_text(envelope.type);
  out["schema"] = envelope.schema;
  out["actor"] = actor_json(envelope.actor);
  out["command"] = id_json(envelope.command.uuid);
  out["commit"] = object{{"index", envelope.commit_index}, {"size", envelope.commit_size}};
  out["payload"] = payload_json(payload, read_word);
  return out;
}

}  // namespace civiclog
