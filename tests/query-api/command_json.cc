#include "tests/query-api/command_json.h"

#include "events/vocabulary.h"

namespace civiclog {
namespace {

namespace json = boost::json;

void put(json::object& out, const char* name, const std::string& text) {
  if (!text.empty()) out[name] = text;
}
void put(json::object& out, const char* name, const Text& text) { put(out, name, text.text); }
void put(json::object& out, const char* name, const Uuid& id) {
  if (!id.is_nil()) out[name] = id.text();
}
void put_target(json::object& out, const ModerationTarget& target) {
  if (target.comment.is_nil()) put(out, "contribution", target.contribution.uuid);
  put(out, "comment", target.comment.uuid);
}

struct BodyWriter {
  json::object out;

  void operator()(const RegisterOrganisation& c) {
    put(out, "slug", c.slug);
    put(out, "name", c.name);
  }
  void operator()(const GrantRole& c) {
    put(out, "participant", c.participant.uuid);
    out["role"] = name_of(c.role);
  }
  void operator()(const RevokeRole& c) {
    (*this)(GrantRole{c.organisation, c.participant, c.role});
    put(out, "reason", c.reason);
  }
  void operator()(const Join& c) {
    put(out, "participant", c.participant.uuid);
    put(out, "source_id", c.source_id);
  }
  void operator()(const VerifyParticipant& c) {
    put(out, "method", c.method);
    put(out, "identity", c.identity);
  }
  void operator()(const LaunchTopic& c) {
    put(out, "slug", c.slug);
    put(out, "title", c.title);
    put(out, "summary", c.summary);
    put(out, "source_id", c.source_id);
  }
  void operator()(const DefinePhases& c) {
    json::array& phases = out["phases"].emplace_array();
    for (const Phase& phase : c.phases) {
      const json::object allows{{"submit", phase.allows.submit}, {"comment", phase.allows.comment}, {"vote", phase.allows.vote}};
      phases.push_back(json::object{{"kind", name_of(phase.kind)},
                                    {"allows", allows},
                                    {"starts_at", to_rfc3339(phase.starts_at)},
                                    {"ends_at", to_rfc3339(phase.ends_at)}});
    }
  }
  void operator()(const SetRules& c) {
    out["secrecy"] = name_of(c.rules.secrecy);
    out["pre_moderation"] = c.rules.pre_moderation;
    json::array& kinds = out["kinds"].emplace_array();
    for (const ContributionKind kind : c.rules.kinds) kinds.emplace_back(name_of(kind));
    put(out, "reason", c.reason);
  }
  void operator()(const OpenPhase& c) { put(out, "reason", c.reason); }
  void operator()(const ClosePhase& c) { put(out, "reason", c.reason); }
  void operator()(const ExtendPhase& c) {
    out["ends_at"] = to_rfc3339(c.new_end);
    put(out, "justification", c.justification);
  }
  void operator()(const SubmitContribution& c) {
    out["kind"] = name_of(c.kind);
    put(out, "title", c.title);
    put(out, "body", c.body);
    put(out, "link", c.link);
    put(out, "source_id", c.source_id);
  }
  void operator()(const ReviseContribution& c) {
    out["substantive"] = c.substantive;
    put(out, "title", c.title);
    put(out, "body", c.body);
  }
  void operator()(const WithdrawContribution& c) { put(out, "reason", c.reason); }
  void operator()(const PostComment& c) {
    put(out, "parent", c.parent.uuid);
    out["stance"] = name_of(c.stance);
    put(out, "body", c.body);
    put(out, "source_id", c.source_id);
  }
  void operator()(const EditComment& c) { put(out, "body", c.body); }
  void operator()(const RetractComment&) {}
  void operator()(const CastBallot& c) {
    out["version"] = c.contribution_version;
    out["choice"] = name_of(c.choice);
  }
  void operator()(const WithdrawBallot&) {}
  void operator()(const FlagContent& c) {
    put_target(out, c.target);
    out["ground"] = name_of(c.ground);
    put(out, "explanation", c.explanation);
  }
  void operator()(const DecideModeration& c) {
    put_target(out, c.target);
    if (!c.opens_case) put(out, "case", c.moderation_case.uuid);
    out["action"] = name_of(c.action);
    out["ground"] = name_of(c.ground);
    put(out, "facts", c.facts);
    put(out, "policy", c.policy_ref);
    out["automated"] = c.automated;
  }
  void operator()(const EraseWords& c) {
    put(out, "subject", c.subject);
    out["subject_is_organisation"] = c.subject_is_organisation;
    out["everything"] = !c.author.is_nil();
    json::array& words = out["words"].emplace_array();
    for (const WordId word : c.words) words.push_back(json::string(word.text()));
    out["reason"] = name_of(c.reason);
  }
  void operator()(const StartImport&) {}
};

}  // namespace

json::object body_of(const Command& command) {
  BodyWriter writer;
  std::visit(writer, command);
  return std::move(writer.out);
}

}  // namespace civiclog
