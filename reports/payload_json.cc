#include "reports/payload_json.h"

#include "reports/json_text.h"

namespace civiclog {
namespace {

using boost::json::object;
using boost::json::value;

value id_json(const Uuid& id) { return id.is_nil() ? value(nullptr) : value(json_text(id.text())); }
template <typename Kind>
value id_json(const Id<Kind>& id) { return id_json(id.uuid); }

template <typename Enum>
value name_json(Enum name) { return json_text(name_of(name)); }

value time_json(Timestamp time) { return json_text(to_rfc3339(time)); }
value hex_json(std::string_view bytes) { return json_text(to_hex(bytes)); }
// The source id of what was not imported.
value optional_text(std::string_view text) { return text.empty() ? value(nullptr) : value(json_text(text)); }

boost::json::array ids_json(const std::vector<WordId>& ids) {
  boost::json::array out;
  for (const WordId id : ids) out.push_back(id_json(id));
  return out;
}

class PayloadWriter {
 public:
  explicit PayloadWriter(const ReadWord& read_word) : read_word_(read_word) {}

  object operator()(const OrganisationRegistered& event) const {
    return {{"slug", json_text(event.slug)}, {"name", word_json(event.name)}};
  }
  object operator()(const RoleGranted& event) const {
    return {{"participant", id_json(event.participant)}, {"role", name_json(event.role)}};
  }
  object operator()(const RoleRevoked& event) const {
    return {{"participant", id_json(event.participant)}, {"role", name_json(event.role)},
            {"reason", word_json(event.reason)}};
  }
  object operator()(const ParticipantJoined& event) const {
    return {{"source_id", optional_text(event.source_id)}};
  }
  object operator()(const ParticipantVerified& event) const {
    return {{"method", json_text(event.method)}, {"identity", word_json(event.identity)}};
  }
  object operator()(const WordsErased& event) const {
    return {{"author", id_json(event.author)}, {"words", ids_json(event.words)}, {"reason", name_json(event.reason)}};
  }
  object operator()(const TopicLaunched& event) const {
    return {{"organisation", id_json(event.organisation)}, {"slug", json_text(event.slug)},
            {"title", word_json(event.title)}, {"summary", word_json(event.summary)},
            {"source_id", optional_text(event.source_id)}};
  }
  object operator()(const RulesSet& event) const {
    return {{"rules", rules_json(event.rules)}, {"reason", word_json(event.reason)}};
  }
  object operator()(const PhaseOpened& event) const {
    return {{"phase", event.phase}, {"reason", word_json(event.reason)}};
  }
  object operator()(const PhaseClosed& event) const {
    return {{"phase", event.phase}, {"reason", word_json(event.reason)}};
  }
  object operator()(const PhaseExtended& event) const {
    return {{"phase", event.phase}, {"old_end", time_json(event.old_end)}, {"new_end", time_json(event.new_end)},
            {"justification", word_json(event.justification)}};
  }
  object operator()(const BoxOpened& event) const {
    return {{"box", id_json(event.box)}, {"secrecy", name_json(event.secrecy)},
            {"key_fingerprint", hex_json(view(event.key_fingerprint))},
            {"rules_hash", hex_json(view(event.rules_hash))}};
  }
  object operator()(const BoxClosed& event) const {
    return {{"box", id_json(event.box)}};
  }
  object operator()(const ContributionSubmitted& event) const {
    return {{"topic", id_json(event.topic)}, {"kind", name_json(event.kind)}, {"pre_moderated", event.pre_moderated},
            {"title", word_json(event.title)}, {"body", word_json(event.body)}, {"link", word_json(event.link)},
            {"source_id", optional_text(event.source_id)}};
  }
  object operator()(const ContributionRevised& event) const {
    return {{"topic", id_json(event.topic)}, {"version", event.version}, {"substantive", event.substantive},
            {"title", word_json(event.title)}, {"body", word_json(event.body)}};
  }
  object operator()(const ContributionWithdrawn& event) const {
    return {{"topic", id_json(event.topic)}, {"reason", word_json(event.reason)}};
  }
  object operator()(const ContributionModerated& event) const {
    return {{"topic", id_json(event.topic)}, {"case", id_json(event.moderation_case)},
            {"action", name_json(event.action)}, {"status", name_json(event.status)}};
  }
  object operator()(const CommentPosted& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)},
            {"parent", id_json(event.parent)}, {"depth", event.depth}, {"stance", name_json(event.stance)},
            {"body", word_json(event.body)}, {"source_id", optional_text(event.source_id)}};
  }
  object operator()(const CommentEdited& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)}, {"version", event.version},
            {"body", word_json(event.body)}};
  }
  object operator()(const CommentRetracted& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)}};
  }
  object operator()(const CommentModerated& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.target)},
            {"case", id_json(event.moderation_case)}, {"action", name_json(event.action)},
            {"status", name_json(event.status)}};
  }
  object operator()(const BallotCast& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
            {"contribution_version", event.contribution_version}, {"choice", name_json(event.choice)}};
  }
  object operator()(const BallotChanged& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
            {"contribution_version", event.contribution_version}, {"previous", name_json(event.previous)},
            {"choice", name_json(event.choice)}};
  }
  object operator()(const BallotReaffirmed& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
            {"contribution_version", event.contribution_version}, {"choice", name_json(event.choice)}};
  }
  object operator()(const BallotWithdrawn& event) const {
    return {{"topic", id_json(event.topic)}, {"contribution", id_json(event.contribution)},
            {"previous", name_json(event.previous)}};
  }
  object operator()(const ContentFlagged& event) const {
    return {{"topic", id_json(event.target.topic)}, {"contribution", id_json(event.target.contribution)},
            {"comment", id_json(event.target.comment)}, {"ground", name_json(event.ground)},
            {"explanation", word_json(event.explanation)}};
  }
  object operator()(const ModerationDecided& event) const {
    return {{"topic", id_json(event.target.topic)}, {"contribution", id_json(event.target.contribution)},
            {"comment", id_json(event.target.comment)}, {"action", name_json(event.action)},
            {"ground", name_json(event.ground)}, {"facts", word_json(event.facts)},
            {"policy", json_text(event.policy_ref)}, {"automated", event.automated}};
  }
  object operator()(const ImportStarted& event) const {
    return {{"source", json_text(event.source)}, {"content_digest", hex_json(view(event.content_digest))},
            {"imported_at", time_json(event.imported_at)}, {"drives_clock", event.drives_clock},
            {"topic", id_json(event.topic)}, {"attributes", word_json(event.attributes)}};
  }
  object operator()(const PhasesDefined& event) const {
    boost::json::array phases;
    for (const Phase& phase : event.phases) {
      phases.push_back(object{{"kind", name_json(phase.kind)}, {"allows", allows_json(phase.allows)},
                              {"starts_at", time_json(phase.starts_at)}, {"ends_at", time_json(phase.ends_at)}});
    }
    return {{"phases", std::move(phases)}};
  }

 private:
  value word_json(const WordRef& word) const {
    if (!word.is_given()) return nullptr;
    object out{{"word", id_json(word.id)}, {"commitment", hex_json(view(word.commitment))}};
    if (!read_word_) return out;
    const Result<WordLookup> found = read_word_(word.id);
    if (!found) {
      out["state"] = "damaged";
    } else if (found->state == WordState::kPresent) {
      out["text"] = json_text(found->content->text);
    } else {
      out["state"] = found->state == WordState::kErased ? "erased" : "not_here";
    }
    return out;
  }

  const ReadWord& read_word_;
};

}  // namespace

object rules_json(const Rules& rules) {
  boost::json::array kinds;
  for (const ContributionKind kind : rules.kinds) kinds.push_back(name_json(kind));
  return {{"secrecy", name_json(rules.secrecy)}, {"pre_moderation", rules.pre_moderation}, {"kinds", std::move(kinds)}};
}

object allows_json(const PhasePermissions& allows) {
  return {{"submit", allows.submit}, {"comment", allows.comment}, {"vote", allows.vote}};
}

object payload_json(const Payload& payload, const ReadWord& read_word) { return std::visit(PayloadWriter(read_word), payload); }

}  // namespace civiclog
