#include <algorithm>

#include "query-api/writing/routes.h"

namespace civiclog {
namespace {

constexpr size_t kMaxPhases = 100;
constexpr size_t kMaxKinds = 5;

Result<Command> launch_topic(Writing& writing) {
  Fields& fields = writing.fields;
  return LaunchTopic{writing.organisation_in_path(), fields.text("slug"), fields.text("title"),
                     fields.text("summary", Need::kOptional), fields.text("source_id", Need::kOptional)};
}

Result<Command> define_phases(Writing& writing) {
  DefinePhases command{writing.topic_in_path(), {}};
  writing.fields.objects("phases", kMaxPhases, [&command](Fields& fields) {
    Phase phase;
    phase.kind = fields.named("kind", kMaxPhaseKind);
    fields.object("allows", [&phase](Fields& allows) {
      phase.allows = {allows.flag("submit"), allows.flag("comment"), allows.flag("vote")};
    });
    phase.starts_at = fields.time("starts_at");
    phase.ends_at = fields.time("ends_at");
    command.phases.push_back(phase);
  });
  return command;
}

Result<Command> set_rules(Writing& writing) {
  Fields& fields = writing.fields;
  SetRules command{writing.topic_in_path(), {}, {}};
  command.rules.secrecy = fields.named("secrecy", kMaxSecrecy);
  command.rules.pre_moderation = fields.flag("pre_moderation");
  fields.texts("kinds", kMaxKinds, [&](const std::string& text, const std::string& pointer) {
    const std::optional<ContributionKind> kind = parse_name(text, kMaxContributionKind);
    if (!kind) return fields.fail("field_invalid", "This is no kind of contribution.", pointer);
    command.rules.kinds.push_back(*kind);
  });
  std::ranges::sort(command.rules.kinds);
  command.reason = fields.text("reason", Need::kOptional);
  return command;
}

template <typename Moved>
Result<Command> move_phase(Writing& writing) {
  const Result<uint16_t> phase = writing.phase_in_path();
  if (!phase) return phase.error();
  return Moved{writing.topic_in_path(), *phase, writing.fields.text("reason", Need::kOptional)};
}

Result<Command> extend_phase(Writing& writing) {
  const Result<uint16_t> phase = writing.phase_in_path();
  if (!phase) return phase.error();
  return ExtendPhase{writing.topic_in_path(), *phase, writing.fields.time("ends_at"), writing.fields.text("justification")};
}

}  // namespace

WriteRoutes topic_writes() {
  return {{.method = Method::kPost, .pattern = "/v1/organisations/{organisation}/topics", .command = launch_topic, .creates = true},
          {.method = Method::kPut, .pattern = "/v1/topics/{topic}/phases", .command = define_phases},
          {.method = Method::kPut, .pattern = "/v1/topics/{topic}/rules", .command = set_rules},
          {.method = Method::kPost, .pattern = "/v1/topics/{topic}/phases/{phase}/open", .command = move_phase<OpenPhase>},
          {.method = Method::kPost, .pattern = "/v1/topics/{topic}/phases/{phase}/close", .command = move_phase<ClosePhase>},
          {.method = Method::kPost, .pattern = "/v1/topics/{topic}/phases/{phase}/extend", .command = extend_phase}};
}

}  // namespace civiclog
