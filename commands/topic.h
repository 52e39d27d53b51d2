#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "commands/command.h"
#include "commands/fact.h"
#include "commands/organisation.h"

// Topics: phases, rules and the ballot box. Phases do not overlap and never reopen; rules are frozen when the first phase
// opens; the box opens with the first phase that allows voting and closes with the last. Pure.

namespace civiclog {

struct BoxState {
  BoxId id;
  Secrecy secrecy = Secrecy::kPseudonymous;
  Digest key_fingerprint{};
  bool closed = false;
};

struct TopicState {
  bool exists = false;
  OrganisationId organisation;
  std::vector<Phase> phases;
  std::optional<uint16_t> open_phase;
  std::optional<uint16_t> last_opened;  // The highest phase ever opened: it and those before it never open again.
  Rules rules;
  bool rules_set = false;
  std::optional<BoxState> box;

  // What participants may do now; nothing while no phase is open.
  PhasePermissions allows() const;
};

void evolve(TopicState& state, const Fact& fact);

inline constexpr size_t kMaxPhases = 100;

// A new box's id and the fingerprint of its key, made before OpenPhase is decided when opens_box() says so.
struct NewBox {
  BoxId id;
  Digest key_fingerprint{};
};
bool opens_box(const OpenPhase& command, const TopicState& topic);

Result<Decision> decide(const LaunchTopic& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation);
Result<Decision> decide(const DefinePhases& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation);
Result<Decision> decide(const SetRules& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation);
Result<Decision> decide(const OpenPhase& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation, const std::optional<NewBox>& new_box);
Result<Decision> decide(const ClosePhase& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation);
Result<Decision> decide(const ExtendPhase& command, const Issuer& issuer, const TopicState& topic,
                        const OrganisationState& organisation);

}  // namespace civiclog
