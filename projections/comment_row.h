#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "projections/contribution_row.h"

namespace civiclog {

struct CommentRow {
  CommentId id;
  TopicId topic;
  ContributionId target;
  CommentId parent;  // nil: a reply to the contribution itself
  uint8_t depth = 0;
  Stance stance = Stance::kNeutral;
  Actor author;
  WordId body;
  uint32_t version = 1;
  ItemStatus status = ItemStatus::kPublished;
  std::string source_id;
  Moment posted;
  std::optional<ModerationMark> moderation;
  Position changed;
  std::string path;  // Positions of its ancestors and its own, 8 bytes each: sorts a thread depth first, oldest first.

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.id, row.topic, row.target, row.parent, row.depth, row.stance, row.author, row.body, row.version,
                    row.status, row.source_id, row.posted, row.moderation, row.changed, row.path);
  }
  friend bool operator==(const CommentRow&, const CommentRow&) = default;
};

inline bool is_visible(const CommentRow& row) {
  return row.status == ItemStatus::kPublished || row.status == ItemStatus::kPending;
}

// The comments on one contribution.
struct ThreadRow {
  TopicId topic;
  bool target_pre_moderated = false;
  bool target_visible = false;
  uint64_t visible = 0;  // Comments visible themselves, whatever their target is.
  uint64_t posted = 0;
  Position position;     // Of the last change.

  // What counts for the topic: a hidden contribution takes its comments with it.
  uint64_t shown() const { return target_visible ? visible : 0; }
  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.topic, row.target_pre_moderated, row.target_visible, row.visible, row.posted, row.position);
  }
  friend bool operator==(const ThreadRow&, const ThreadRow&) = default;
};

// The comments of one topic.
struct CommentCounts {
  uint64_t shown = 0;
  uint64_t posted = 0;
  Position position;

  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.shown, row.posted, row.position); }
  friend bool operator==(const CommentCounts&, const CommentCounts&) = default;
};

}  // namespace civiclog
