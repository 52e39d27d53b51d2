#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "events/event_log.h"
#include "events/log_check.h"
#include "events/payloads.h"

// The auditor's count: the tallies of one topic as a plain fold of the log's events up to a position, sharing nothing with the
// read models. While it counts it checks that every ballot event fits the one before it of the same voter, so a count that
// comes out is a count of votes. Memory grows with the topic's contributions, voters and standing choices only. Any thread.

namespace civiclog {

inline constexpr size_t kMaxRecountedContributions = 1'000'000;

struct RecountedContribution {
  ContributionId id;
  std::string source_id;  // Empty unless imported.
  ContributionKind kind = ContributionKind::kOpinion;
  ItemStatus status = ItemStatus::kPending;
  Position submitted;
  int64_t agree = 0;
  int64_t disagree = 0;
  int64_t pass = 0;
};

struct Recount {
  TopicId topic;
  std::string slug;
  Position position;     // Everything up to here is counted, nothing after.
  Timestamp recorded_at; // Of the event at that position.
  uint64_t voters = 0;   // With at least one choice that stands.
  uint64_t votes = 0;    // Choices that stand.
  std::vector<RecountedContribution> contributions;  // In order of submission, votes or not.
};

// `up_to` must not be after the log's head. Errors: kNotFound (no such topic up to there), kCorrupt (an event that cannot be
// read, or that contradicts the ones before it; names the position), kUnavailable (too large to be counted in memory).
Result<Recount> recount(const EventLog& log, TopicId topic, Position up_to, const CheckProgress& progress = {});

}  // namespace civiclog
