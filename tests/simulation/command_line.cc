#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "tests/simulation/simulation.h"

namespace civiclog {
namespace {

std::string shortened(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, 24)) out += c >= ' ' && c < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
  return "\"" + out + (text.size() > 24 ? fmt::format("…\" ({} bytes)", text.size()) : "\"");
}

std::string of(const std::string& text) { return shortened(text); }
std::string of(const Text& text) { return shortened(text.text); }
std::string of(const Uuid& id) { return id.text().substr(0, 8); }
template <typename Kind>
std::string of(const Id<Kind>& id) { return of(id.uuid); }
std::string of(const ModerationTarget& target) { return fmt::format("{}/{}/{}", of(target.topic), of(target.contribution), of(target.comment)); }
std::string of(const PhasePermissions& p) { return fmt::format("{}{}{}", p.submit ? "s" : "-", p.comment ? "c" : "-", p.vote ? "v" : "-"); }
std::string of(Timestamp time) { return std::to_string(time.ms); }
std::string of(const Phase& phase) { return fmt::format("{}:{}–{}", of(phase.allows), phase.starts_at.ms, phase.ends_at.ms); }
template <typename T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>)
std::string of(T value) { return std::to_string(static_cast<int64_t>(value)); }
template <typename T>
std::string of(const std::optional<T>& value) { return value ? of(*value) : "-"; }
template <typename T>
std::string of(const std::vector<T>& all) {
  std::string out = fmt::format("{}[", all.size());
  for (size_t i = 0; i < std::min<size_t>(all.size(), 8); ++i) out += (i > 0 ? " " : "") + of(all[i]);
  return out + "]";
}

template <typename... Fields>
std::string line(const char* name, const Fields&... fields) {
  std::string out = name;
  ((out += " " + of(fields)), ...);
  return out;
}

std::string tell(const RegisterOrganisation& c) { return line("register", c.slug, c.name); }
std::string tell(const GrantRole& c) { return line("grant", c.organisation, c.participant, c.role); }
std::string tell(const RevokeRole& c) { return line("revoke", c.organisation, c.participant, c.role, c.reason); }
std::string tell(const Join& c) { return line("join", c.participant, c.source_id); }
std::string tell(const VerifyParticipant& c) { return line("verify", c.participant, c.method, c.identity); }
std::string tell(const LaunchTopic& c) { return line("launch", c.organisation, c.slug, topic_id_of(c.slug), c.title, c.summary, c.source_id); }
std::string tell(const DefinePhases& c) { return line("define phases", c.topic, c.phases); }
std::string tell(const SetRules& c) { return line("set rules", c.topic, c.rules.secrecy, c.rules.pre_moderation, c.rules.kinds, c.reason); }
std::string tell(const OpenPhase& c) { return line("open phase", c.topic, c.phase, c.reason); }
std::string tell(const ClosePhase& c) { return line("close phase", c.topic, c.phase, c.reason); }
std::string tell(const ExtendPhase& c) { return line("extend phase", c.topic, c.phase, c.new_end, c.justification); }
std::string tell(const SubmitContribution& c) { return line("submit", c.contribution, c.topic, c.kind, c.title, c.body, c.link, c.source_id); }
std::string tell(const ReviseContribution& c) { return line("revise", c.contribution, c.revises_version, c.substantive, c.title, c.body); }
std::string tell(const WithdrawContribution& c) { return line("withdraw", c.contribution, c.reason); }
std::string tell(const PostComment& c) { return line("comment", c.comment, c.target, c.parent, c.stance, c.body, c.source_id); }
std::string tell(const EditComment& c) { return line("edit comment", c.comment, c.body); }
std::string tell(const RetractComment& c) { return line("retract comment", c.comment); }
std::string tell(const CastBallot& c) { return line("vote", c.contribution, c.contribution_version, c.choice); }
std::string tell(const WithdrawBallot& c) { return line("withdraw vote", c.contribution); }
std::string tell(const FlagContent& c) { return line("flag", c.moderation_case, c.target, c.ground, c.explanation); }
std::string tell(const DecideModeration& c) { return line("moderate", c.moderation_case, c.target, c.action, c.ground, c.facts, c.policy_ref, c.automated); }
std::string tell(const EraseWords& c) { return line("erase", c.subject, c.subject_is_organisation, c.author, c.words); }
std::string tell(const StartImport& c) { return line("start import", c.import, c.source, c.topic, c.organisation, c.attributes); }

}  // namespace

std::string to_line(const CommandRequest& request) {
  const std::string who = request.issuer.is_system() ? "system" : of(request.issuer.participant);
  return fmt::format("{} {}: {}", of(request.id), who, std::visit([](const auto& c) { return tell(c); }, request.command));
}

}  // namespace civiclog
