#include "commands/topic.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"

namespace civiclog {
namespace {

Error no_topic() { return rejected("topic_unknown", "this topic does not exist"); }

// What all commands on an existing topic's process ask first.
Result<Actor> process_owner(const TopicState& topic, const OrganisationState& organisation, const Issuer& issuer) {
  if (!topic.exists) return no_topic();
  return acting_as(organisation, issuer, {Role::kProcessOwner});
}

// In order, not overlapping, none ending before it starts.
std::optional<Error> schedule_error(const std::vector<Phase>& phases) {
  for (size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].ends_at < phases[i].starts_at) {
      return rejected("phase_ends_before_start", fmt::format("phase {} ends before it starts", i));
    }
    if (i > 0 && phases[i].starts_at < phases[i - 1].ends_at) {
      return rejected("phases_overlap", fmt::format("phase {} starts before phase {} ends", i, i - 1));
    }
  }
  return std::nullopt;
}

bool votes_in_later_phase(const TopicState& topic, uint16_t phase) {
  return std::any_of(topic.phases.begin() + phase + 1, topic.phases.end(), [](const Phase& p) { return p.allows.vote; });
}

}  // namespace

PhasePermissions TopicState::allows() const { return open_phase ? phases[*open_phase].allows : PhasePermissions{}; }

void evolve(TopicState& state, const Fact& fact) {
  if (const auto* launched = std::get_if<TopicLaunched>(&fact.payload)) {
    state.exists = true;
    state.organisation = launched->organisation;
  } else if (const auto* defined = std::get_if<PhasesDefined>(&fact.payload)) {
    state.phases = defined->phases;
  } else if (const auto* rules = std::get_if<RulesSet>(&fact.payload)) {
    state.rules = rules->rules;
    state.rules_set = true;
  } else if (const auto* opened = std::get_if<PhaseOpened>(&fact.payload)) {
    state.open_phase = opened->phase;
    state.last_opened = opened->phase;
  } else if (std::holds_alternative<PhaseClosed>(fact.payload)) {
    state.open_phase.reset();
  } else if (const auto* extended = std::get_if<PhaseExtended>(&fact.payload)) {
    state.phases.at(extended->phase).ends_at = extended->new_end;
  } else if (const auto* box = std::get_if<BoxOpened>(&fact.payload)) {
    state.box = BoxState{box->box, box->secrecy, box->key_fingerprint, false};
  } else if (std::holds_alternative<BoxClosed>(fact.payload)) {
    if (state.box) state.box->closed = true;
  }
}

bool opens_box(const OpenPhase& command, const TopicState& topic) {
  return topic.exists && !topic.box && command.phase < topic.phases.size() && topic.phases[command.phase].allows.vote;
}

Result<Decision> decide(const LaunchTopic& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation) {
  if (!organisation.exists) return rejected("organisation_unknown", "this organisation is not registered");
  const Result<Actor> actor = acting_as(organisation, issuer, {Role::kProcessOwner, Role::kEditor});
  if (!actor) return actor.error();
  if (!is_valid_slug(command.slug)) return rejected("slug_invalid", "a slug has letters, digits, '-', '_' and '.' only");
  if (command.source_id.size() > kMaxSourceIdSize) return rejected("source_id_too_long", "a source id has at most 256 bytes");
  if (topic.exists) return rejected("slug_taken", fmt::format("the slug {} is taken", command.slug));
  if (!command.title.word.is_given()) return rejected("text_missing", "a topic needs a title");
  return Decision{{stream_of(topic_id_of(command.slug)),
                   {TopicLaunched{command.organisation, command.slug, command.title.word, command.summary.word, command.source_id},
                    *actor}}};
}

Result<Decision> decide(const DefinePhases& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation) {
  const Result<Actor> actor = process_owner(topic, organisation, issuer);
  if (!actor) return actor.error();
  if (topic.last_opened) return rejected("phases_frozen", "phases cannot be defined anew once one has been opened");
  if (command.phases.empty() || command.phases.size() > kMaxPhases) {
    return rejected("phases_invalid", fmt::format("define 1 to {} phases", kMaxPhases));
  }
  if (const auto error = schedule_error(command.phases)) return *error;
  return Decision{{stream_of(command.topic), {PhasesDefined{command.phases}, *actor}}};
}

Result<Decision> decide(const SetRules& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation) {
  const Result<Actor> actor = process_owner(topic, organisation, issuer);
  if (!actor) return actor.error();
  if (topic.last_opened) return rejected("rules_frozen", "rules cannot change once a phase has been opened");
  const auto& kinds = command.rules.kinds;
  if (kinds.empty() || !std::ranges::is_sorted(kinds) || std::ranges::adjacent_find(kinds) != kinds.end()) {
    return rejected("rules_invalid", "name the kinds of contribution, each once, in ascending order");
  }
  return Decision{{stream_of(command.topic), {RulesSet{command.rules, command.reason.word}, *actor}}};
}

Result<Decision> decide(const OpenPhase& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation, const std::optional<NewBox>& new_box) {
  const Result<Actor> actor = process_owner(topic, organisation, issuer);
  if (!actor) return actor.error();
  if (!topic.rules_set) return rejected("rules_missing", "set the rules before opening a phase");
  if (command.phase >= topic.phases.size()) return rejected("phase_unknown", "this phase is not defined");
  if (topic.open_phase) return rejected("phases_overlap", fmt::format("phase {} is still open", *topic.open_phase));
  if (topic.last_opened && command.phase <= *topic.last_opened) {
    return rejected("phase_never_reopens", "a phase that has been opened, or passed over, never opens again");
  }
  const StreamId stream = stream_of(command.topic);
  Decision decision{{stream, {PhaseOpened{command.phase, command.reason.word}, *actor}}};
  if (opens_box(command, topic)) {
    CHECK(new_box.has_value());
    decision.push_back({stream,
                        {BoxOpened{new_box->id, topic.rules.secrecy, new_box->key_fingerprint, rules_hash(topic.rules)},
                         *actor}});
  }
  return decision;
}

Result<Decision> decide(const ClosePhase& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation) {
  const Result<Actor> actor = process_owner(topic, organisation, issuer);
  if (!actor) return actor.error();
  if (topic.open_phase != command.phase) return rejected("phase_not_open", "this phase is not open");
  const StreamId stream = stream_of(command.topic);
  Decision decision{{stream, {PhaseClosed{command.phase, command.reason.word}, *actor}}};
  if (topic.box && !topic.box->closed && !votes_in_later_phase(topic, command.phase)) {
    decision.push_back({stream, {BoxClosed{topic.box->id}, *actor}});
  }
  return decision;
}

Result<Decision> decide(const ExtendPhase& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation) {
  const Result<Actor> actor = process_owner(topic, organisation, issuer);
  if (!actor) return actor.error();
  if (topic.open_phase != command.phase) return rejected("phase_not_open", "only an open phase can be extended");
  if (!command.justification.word.is_given()) return rejected("reason_missing", "an extension needs a justification");
  const Phase& phase = topic.phases[command.phase];
  if (command.new_end <= phase.ends_at) return rejected("not_an_extension", "the new end is not later than the old one");
  std::vector<Phase> extended = topic.phases;
  extended[command.phase].ends_at = command.new_end;
  if (const auto error = schedule_error(extended)) return *error;
  return Decision{{stream_of(command.topic),
                   {PhaseExtended{command.phase, phase.ends_at, command.new_end, command.justification.word}, *actor}}};
}

}  // namespace civiclog
