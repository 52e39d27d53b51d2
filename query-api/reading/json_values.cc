#include "query-api/reading/json_values.h"

namespace civiclog {

boost::json::value text_json(std::string_view text) { return boost::json::value(boost::json::string(text.data(), text.size())); }

boost::json::value optional_text_json(std::string_view text) {
  if (text.empty()) return nullptr;
  return text_json(text);
}

boost::json::value time_json(Timestamp time) { return text_json(to_rfc3339(time)); }

boost::json::value hex_json(std::string_view bytes) { return text_json(to_hex(bytes)); }

boost::json::value id_json(const Uuid& id) {
  if (id.is_nil()) return nullptr;
  return text_json(id.text());
}

boost::json::value moment_json(const Moment& moment) {
  boost::json::object out;
  out["at"] = time_json(moment.time);
  out["position"] = moment.position.value;
  return out;
}

boost::json::value actor_json(const Actor& actor) {
  boost::json::object out;
  out["kind"] = name_json(actor.kind);
  out["id"] = id_json(actor.id);
  out["role"] = name_json(actor.role);
  return out;
}

}  // namespace civiclog
