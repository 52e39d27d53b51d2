#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "projections/moment.h"

namespace civiclog {

// What the last moderation decision on an item was.
struct ModerationMark {
  CaseId moderation_case;
  ModerationAction action = ModerationAction::kAccept;
  Position position;

  template <typename Self>
  static auto fields(Self& mark) { return std::tie(mark.moderation_case, mark.action, mark.position); }
  friend bool operator==(const ModerationMark&, const ModerationMark&) = default;
};

struct ContributionRow {
  ContributionId id;
  TopicId topic;
  ContributionKind kind = ContributionKind::kOpinion;
  Actor author;
  WordId title;
  WordId body;
  WordId link;
  uint32_t version = 1;
  bool pre_moderated = false;
  ItemStatus status = ItemStatus::kPending;
  std::string source_id;
  Moment submitted;
  std::optional<ModerationMark> moderation;
  Position changed;  // The last event of the contribution itself; votes are in the tally's.

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.id, row.topic, row.kind, row.author, row.title, row.body, row.link, row.version, row.pre_moderated,
                    row.status, row.source_id, row.submitted, row.moderation, row.changed);
  }
  friend bool operator==(const ContributionRow&, const ContributionRow&) = default;
};

inline bool is_visible(const ContributionRow& row) {
  return row.status == ItemStatus::kPublished || (row.status == ItemStatus::kPending && !row.pre_moderated);
}

// The fold of the ballots on one contribution. Signed: a sum of plus and minus one, never trimmed at zero, so that a
// log that does not add up shows.
struct TallyRow {
  int64_t agree = 0;
  int64_t disagree = 0;
  int64_t pass = 0;
  uint64_t cast = 0;  // Acts, not votes: how often somebody voted first (or again after withdrawing), …
  uint64_t changed = 0;
  uint64_t reaffirmed = 0;
  uint64_t withdrawn = 0;
  Position position;  // The last act; the submission when there was none.

  int64_t votes() const { return agree + disagree + pass; }
  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.agree, row.disagree, row.pass, row.cast, row.changed, row.reaffirmed, row.withdrawn, row.position);
  }
  friend bool operator==(const TallyRow&, const TallyRow&) = default;
};

// Contributions of one topic.
struct ContributionCounts {
  std::array<uint64_t, static_cast<size_t>(kMaxContributionKind) + 1> visible{};  // By the kind's number; see count().
  uint64_t submitted = 0;  // All of them, whatever became of them.
  Position position;       // Of the last change.

  uint64_t& count(ContributionKind kind) { return visible[std::min<size_t>(static_cast<size_t>(kind), visible.size() - 1)]; }
  uint64_t count(ContributionKind kind) const { return ContributionCounts(*this).count(kind); }
  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.visible[1], row.visible[2], row.visible[3], row.visible[4], row.visible[5], row.submitted, row.position);
  }
  friend bool operator==(const ContributionCounts&, const ContributionCounts&) = default;
};

}  // namespace civiclog
