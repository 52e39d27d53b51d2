#include "replay-tools/event_text.h"

#include <fmt/format.h>

#include "replay-tools/printing.h"

namespace civiclog {
namespace {

std::string plain(const boost::json::string& text) { return printable(std::string_view(text.data(), text.size())); }

std::string word_text(const boost::json::object& word) {
  if (const auto* text = word.if_contains("text")) return fmt::format("\"{}\"", plain(text->as_string()));
  if (const auto* state = word.if_contains("state")) return fmt::format("({})", plain(state->as_string()));
  return fmt::format("word:{}", plain(word.at("word").as_string()));
}

}  // namespace

std::string actor_text(const Actor& actor) {
  switch (actor.kind) {
    case ActorKind::kSystem: return actor.role == Role::kSystem ? "the system" : fmt::format("the system ({})", name_of(actor.role));
    case ActorKind::kBallotTag: return fmt::format("tag {}", to_hex(view(actor.id.bytes)));
    case ActorKind::kParticipant: break;
  }
  return fmt::format("participant {} ({})", actor.id.text(), name_of(actor.role));
}

std::string field_text(const boost::json::value& field) {
  if (field.is_null()) return "none";
  if (field.is_string()) return plain(field.as_string());
  if (field.is_array()) {
    std::string out;
    for (const boost::json::value& element : field.as_array()) out += (out.empty() ? "" : ",") + field_text(element);
    return "[" + out + "]";
  }
  if (!field.is_object()) return boost::json::serialize(field);
  if (field.as_object().contains("commitment")) return word_text(field.as_object());
  std::string out;
  for (const auto& member : field.as_object()) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", std::string_view(member.key().data(), member.key().size()),
                       field_text(member.value()));
  }
  return "{" + out + "}";
}

std::string event_line(const Envelope& envelope, const Payload& payload, const ReadWord& read_word) {
  std::string out = fmt::format("{} {} {} {} v{} by {}", envelope.position.value, to_rfc3339(envelope.recorded_at),
                                printable(envelope.type), envelope.stream.text(), envelope.stream_version.value,
                                actor_text(envelope.actor));
  for (const auto& member : payload_json(payload, read_word)) {
    if (member.value().is_null()) continue;
    out += fmt::format(" {}={}", std::string_view(member.key().data(), member.key().size()), field_text(member.value()));
  }
  if (envelope.occurred_at) out += fmt::format(" occurred_at={}", to_rfc3339(*envelope.occurred_at));
  return out;
}

}  // namespace civiclog
