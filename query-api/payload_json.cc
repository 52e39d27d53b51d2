#include "query-api/payload_json.h"

#include "query-api/json_values.h"
#include "query-api/topics_json.h"

namespace civiclog {
namespace {

using boost::json::object;

boost::json::value word_json(const WordRef& word) {
  if (!word.is_given()) return nullptr;
  return object{{"word", id_json(word.id)}, {"commitment", hex_json(view(word.commitment))}};
}

boost::json::array ids_json(const std::vector<WordId>& ids) {
  boost::json::array out;
  for (const WordId id : ids) out.push_back(id_json(id));
  return out;
}

object fields(const OrganisationRegistered& event) {
  return {{"slug", text_json(event.slug)}, {"name", word_json(event.name)}};
}
object fields(const RoleGranted& event) {
  return {{"participant", id_json(event.participant)}, {"role", name_json(event.role)}};
}
object fields(const RoleRevoked& event) {
  return {{"participant", id_json(event.participant)}, {"role", name_json(event.role)},
          {"reason", word_json(event.reason)}};
}
object fields(const ParticipantJoined& event) {
  return {{"source_id", optional_text_json(event.source_id)}};
}
object fields(const ParticipantVerified& event) {
  return {{"method", text_json(event.method)}, {"identity", word_json(event.identity)}};
}
object fields(const WordsErased& event) {
  return {{"author", id_json(event.author)}, {"words", ids_json(event.words)}, {"reason", name_json(event.reason)}};
}
object fields(const TopicLaunched& event) {
  return {{"organisation", id_json(event.organisation)}, {"slug", text_json(event.slug)},
          {"title", word_json(event.title)}, {"summary", word_json(event.summary)},
          {"source_id", optional_text_json(event.source_id)}};
}
object fields(const RulesSet& event) {
  return {{"rules", rules_json(event.rules)}, {"reason", word_json(event.reason)}};
}
object fields(const PhaseOpened& event) {
  return {{"phase", event.phase}, {"reason", word_json(event.reason)}};
}
object fields(const PhaseClosed& event) {
  return {{"phase", event.phase}, {"reason", word_json(event.reason)}};
}
object fields(const PhaseExtended& event) {
  return {{"phase", event.phase}, {"old_end", time_json(event.old_end)}, {"new_end", time_json(event.new_end)},
          {"justification", word_json(event.justification)}};
}
object fields(const BoxOpened& event) {
  return {{"box", id_json(event.box)}, {"secrecy", name_json(event.secrecy)},
          {"key_fingerprint", hex_json(view(event.key_fingerprint))},
          {"rules_hash", hex_json(view(event.rules_hash))}};
}
object fields(const BoxClosed& event) {
  return {{"box", id_json(event.box)}};
}
object fields(const ContributionSubmitted& event) {
  return {{"topic", id_json(event.topic)}, {"kind", name_json(event.kind)}, {"pre_moderated", event.pre_moderated},
          {"title", word_json(event.title)}, {"body", word_json(event.body)}, {"link", word_json(event.link)},
          {"source_id", optional_text_json(event.source_id)}};
}
object fields(const ContributionRevised& event) {
  return {{"topic", id_json(event.topic)}, {"version", event.version}, {"substantive", event.substantive},
          {"title", word_json(event.title)}, {"body", word_json(event.body)}};
}
object fields(const ContributionWithdrawn& event) {
  return {{"topic", id_json(event.topic)}, {"reason", word_json(event.reason)}};
}
object fields(const ContributionModerated& event) {
  return {{"topic", id_json(event.topic)}, {"case", id_json(event.moderation_case)},
          {"action", name_json(event.action)}, {"status", name_json(event.status)}};
}
object fields(const CommentPosted& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)},
          {"parent", id_json(event.parent)}, {"depth", event.depth}, {"stance", name_json(event.stance)},
          {"body", word_json(event.body)}, {"source_id", optional_text_json(event.source_id)}};
}
object fields(const CommentEdited& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)}, {"version", event.version},
          {"body", word_json(event.body)}};
}
object fields(const CommentRetracted& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)}};
}
object fields(const CommentModerated& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)},
          {"case", id_json(event.moderation_case)}, {"action", name_json(event.action)},
          {"status", name_json(event.status)}};
}
object fields(const BallotCast& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
          {"contribution_version", event.contribution_version}, {"choice", name_json(event.choice)}};
}
object fields(const BallotChanged& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
          {"contribution_version", event.contribution_version}, {"previous", name_json(event.previous)},
          {"choice", name_json(event.choice)}};
}
object fields(const BallotReaffirmed& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
          {"contribution_version", event.contribution_version}, {"choice", name_json(event.choice)}};
}
object fields(const BallotWithdrawn& event) {
  return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
          {"previous", name_json(event.previous)}};
}
object fields(const ContentFlagged& event) {
  return {{"topic", id_json(event.target.topic)}, {"contribution", id_json(event.target.contribution)},
          {"comment", id_json(event.target.comment)}, {"ground", name_json(event.ground)},
          {"explanation", word_json(event.explanation)}};
}
object fields(const ModerationDecided& event) {
  return {{"topic", id_json(event.target.topic)}, {"contribution", id_json(event.target.contribution)},
          {"comment", id_json(event.target.comment)}, {"action", name_json(event.action)},
          {"ground", name_json(event.ground)}, {"facts", word_json(event.facts)},
          {"policy", text_json(event.policy_ref)}, {"automated", event.automated}};
}
object fields(const ImportStarted& event) {
  return {{"source", text_json(event.source)}, {"content_digest", hex_json(view(event.content_digest))},
          {"imported_at", time_json(event.imported_at)}, {"drives_clock", event.drives_clock},
          {"topic", id_json(event.topic)}, {"attributes", word_json(event.attributes)}};
}
object fields(const PhasesDefined& event) {
  boost::json::array phases;
  for (const Phase& phase : event.phases) {
    phases.push_back(object{{"kind", name_json(phase.kind)}, {"allows", allows_json(phase.allows)},
                            {"starts_at", time_json(phase.starts_at)}, {"ends_at", time_json(phase.ends_at)}});
  }
  return {{"phases", std::move(phases)}};
}

}  // namespace

boost::json::object payload_json(const Payload& payload) {
  return std::visit([](const auto& event) { return fields(event); }, payload);
}

}  // namespace civiclog
