#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "projections/moment.h"

namespace civiclog {

// One line of a feed: who did what, to what, and why. Fields that the event does not have are not given (ids nil).
struct ActivityRow {
  Position position;
  Timestamp recorded_at;
  Timestamp happened_at;  // As the source says, if imported.
  std::string type;       // The event type's stable name.
  Actor actor;
  StreamId subject;       // The stream of the event: what it happened to.
  OrganisationId organisation;
  TopicId topic;
  ContributionId contribution;         // What a comment, flag or decision is about.
  CommentId comment;
  CaseId moderation_case;
  ParticipantId participant;           // Whose role was granted or revoked.
  std::optional<uint16_t> phase;
  std::optional<Role> role;            // Granted or revoked.
  std::optional<ModerationAction> action;
  std::optional<Ground> ground;
  WordId reason;                       // Reason, justification or facts.

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.position, row.recorded_at, row.happened_at, row.type, row.actor, row.subject, row.organisation,
                    row.topic, row.contribution, row.comment, row.moderation_case, row.participant, row.phase, row.role,
                    row.action, row.ground, row.reason);
  }
  friend bool operator==(const ActivityRow&, const ActivityRow&) = default;
};

}  // namespace civiclog
