#pragma once

#include <optional>
#include <string_view>

#include "projections/comment_row.h"
#include "projections/page.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

namespace civiclog {

// Comments in threads, and how many a contribution and a topic show.
//
//   M | comment                   CommentRow
//   H | contribution              ThreadRow
//   N | topic                     CommentCounts
//   t | contribution | path       index: comment, in thread order (1 to kMaxCommentDepth + 1 positions)
//   l | topic | position          index: comment, in order of posting
//   x | topic | source id         index: comment (the first with that id)
class CommentsProjection final : public Projection {
 public:
  std::string_view name() const override { return "comments"; }
  uint32_t version() const override { return 1; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override;
  RowDescription describe(std::string_view key, std::string_view value) const override;
};

struct CommentItem {
  CommentRow row;
  bool visible_now = false;  // By today's status; its target's is the contribution's.
};

struct CommentFilter {
  std::optional<Stance> stance;
  bool only_visible_now = false;  // Leaves out answers' parents too: a caller that shows placeholders does not want it.
};

class CommentQueries {
 public:
  static constexpr const char* kProjection = "comments";
  explicit CommentQueries(ViewReader reader) : reader_(std::move(reader)) {}
  const ViewReader& reader() const { return reader_; }

  Result<std::optional<CommentItem>> get(CommentId id) const;
  Result<std::optional<CommentItem>> by_source_id(TopicId topic, std::string_view source_id) const;
  // Depth first: every comment before its answers, siblings oldest first.
  Result<Page<CommentItem>> thread(ContributionId target, const PageRequest& request, const CommentFilter& filter = {}) const;
  // In order of posting.
  Result<Page<CommentItem>> list(TopicId topic, const PageRequest& request, const CommentFilter& filter = {}) const;
  // Zeros for what has none.
  Result<ThreadRow> counts(ContributionId target) const;
  Result<CommentCounts> counts(TopicId topic) const;

 private:
  Result<CommentItem> item(CommentRow row) const;
  Result<Page<CommentItem>> page(std::string_view prefix, size_t fixed_suffix, const PageRequest& request,
                                 const CommentFilter& filter) const;

  ViewReader reader_;
};

}  // namespace civiclog
