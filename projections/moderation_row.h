#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "events/payloads.h"
#include "projections/moment.h"

// Rows of the moderation read model: cases, the flags that opened them, and what was decided. Plain values.

namespace civiclog {

struct CaseRow {
  CaseId id;
  ModerationTarget target;
  uint64_t flags = 0;
  uint64_t decisions = 0;
  std::optional<ModerationAction> last_action;
  Moment opened;  // By the first flag, or a decision without one.
  Position changed;

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.id, row.target, row.flags, row.decisions, row.last_action, row.opened, row.changed);
  }
  friend bool operator==(const CaseRow&, const CaseRow&) = default;
};

struct FlagRow {
  Ground ground = Ground::kOffTopic;
  WordId explanation;
  Actor actor;
  Moment flagged;

  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.ground, row.explanation, row.actor, row.flagged); }
  friend bool operator==(const FlagRow&, const FlagRow&) = default;
};

struct DecisionRow {
  ModerationAction action = ModerationAction::kAccept;
  Ground ground = Ground::kInScope;
  WordId facts;
  std::string policy_ref;
  bool automated = false;
  Actor actor;
  Moment decided;

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.action, row.ground, row.facts, row.policy_ref, row.automated, row.actor, row.decided);
  }
  friend bool operator==(const DecisionRow&, const DecisionRow&) = default;
};

}  // namespace civiclog
