#include "projections/comments.h"

#include <fmt/format.h>

#include "projections/listing.h"

namespace civiclog {
namespace {

std::string comment_key(CommentId id) { return make_key('M', id); }
std::string thread_key(ContributionId target) { return make_key('H', target); }
std::string counts_key(TopicId topic) { return make_key('N', topic); }

// The thread's row changed by `change`; the topic's counts follow. Nothing for a contribution that was never seen.
template <typename Change>
void update_thread(ContributionId target, Position position, ViewWriter& rows, Change change) {
  std::optional<ThreadRow> thread = rows.row<ThreadRow>(thread_key(target));
  if (!thread) return;
  const ThreadRow before = *thread;
  change(*thread);
  if (*thread == before) return;
  thread->position = position;
  rows.put_row(thread_key(target), *thread);
  if (thread->shown() == before.shown() && thread->posted == before.posted) return;
  CommentCounts counts = rows.row<CommentCounts>(counts_key(thread->topic)).value_or(CommentCounts{});
  counts.shown += thread->shown() - before.shown();
  counts.posted += thread->posted - before.posted;
  counts.position = position;
  rows.put_row(counts_key(thread->topic), counts);
}

template <typename Change>
void update_comment(const Envelope& envelope, ViewWriter& rows, Change change) {
  if (envelope.stream.kind != StreamKind::kComment) return;
  const CommentId id{envelope.stream.id};
  std::optional<CommentRow> row = rows.row<CommentRow>(comment_key(id));
  if (!row) return;
  const bool was_visible = is_visible(*row);
  change(*row);
  row->changed = envelope.position;
  rows.put_row(comment_key(id), *row);
  const bool visible = is_visible(*row);
  if (visible == was_visible) return;
  update_thread(row->target, envelope.position, rows, [&](ThreadRow& thread) { visible ? ++thread.visible : --thread.visible; });
}

void on(const ContributionSubmitted& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kContribution) return;
  const ContributionId target{envelope.stream.id};
  if (rows.get(thread_key(target))) return;
  rows.put_row(thread_key(target), ThreadRow{event.topic, event.pre_moderated, !event.pre_moderated, 0, 0, envelope.position});
}

void set_target_status(ItemStatus status, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kContribution) return;
  update_thread(ContributionId{envelope.stream.id}, envelope.position, rows, [&](ThreadRow& thread) {
    ContributionRow target;
    target.status = status;
    target.pre_moderated = thread.target_pre_moderated;
    thread.target_visible = is_visible(target);
  });
}

void on(const ContributionModerated& event, const Envelope& envelope, ViewWriter& rows) {
  set_target_status(event.status, envelope, rows);
}

void on(const ContributionWithdrawn&, const Envelope& envelope, ViewWriter& rows) {
  set_target_status(ItemStatus::kWithdrawn, envelope, rows);
}

void on(const CommentPosted& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kComment) return;
  const CommentId id{envelope.stream.id};
  if (rows.get(comment_key(id)) || !rows.get(thread_key(event.target))) return;
  CommentRow row;
  if (!event.parent.is_nil()) {
    const std::optional<CommentRow> parent = rows.row<CommentRow>(comment_key(event.parent));
    if (!parent || parent->target != event.target || parent->path.size() > kMaxCommentDepth * kPositionBytes) return;
    row.path = parent->path;
  }
  row.path += ByteWriter().be64(envelope.position.value).bytes();
  row.id = id;
  row.topic = event.topic;
  row.target = event.target;
  row.parent = event.parent;
  row.depth = static_cast<uint8_t>(row.path.size() / kPositionBytes - 1);
  row.stance = event.stance;
  row.author = envelope.actor;
  row.body = event.body.id;
  row.source_id = event.source_id;
  row.posted = moment_of(envelope);
  row.changed = envelope.position;
  rows.put_row(comment_key(id), row);
  rows.put_index(make_key('t', event.target, std::string_view(row.path)), encode_row(id));
  rows.put_index(make_key('l', event.topic, envelope.position), encode_row(id));
  if (!event.source_id.empty()) {
    const std::string source = make_key('x', event.topic, std::string_view(event.source_id));
    if (!rows.get(source)) rows.put_index(source, encode_row(id));
  }
  update_thread(event.target, envelope.position, rows, [](ThreadRow& thread) {
    ++thread.visible;
    ++thread.posted;
  });
}

void on(const CommentEdited& event, const Envelope& envelope, ViewWriter& rows) {
  update_comment(envelope, rows, [&](CommentRow& row) {
    row.version = event.version;
    row.body = event.body.id;
  });
}

void on(const CommentRetracted&, const Envelope& envelope, ViewWriter& rows) {
  update_comment(envelope, rows, [](CommentRow& row) { row.status = ItemStatus::kWithdrawn; });
}

void on(const CommentModerated& event, const Envelope& envelope, ViewWriter& rows) {
  update_comment(envelope, rows, [&](CommentRow& row) {
    row.status = event.status;
    row.moderation = ModerationMark{event.moderation_case, event.action, envelope.position};
  });
}

template <typename Other>
void on(const Other&, const Envelope&, ViewWriter&) {}

std::string describe_comment(const CommentRow& row) {
  return fmt::format("on contribution {}, answering {}, depth {}, stance {}, by {} {}, version {}, {}, posted at {}, changed at {}",
                     row.target.text(), row.parent.is_nil() ? "it" : row.parent.text(), row.depth, name_of(row.stance),
                     name_of(row.author.role), row.author.id.text(), row.version, name_of(row.status), row.posted.position.value,
                     row.changed.value);
}

}  // namespace

void CommentsProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  std::visit([&](const auto& payload) { on(payload, event.envelope, rows); }, event.payload);
}

RowDescription CommentsProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  const char table = names.table();
  const std::string owner = names.id();
  if (table == 'M') {
    const auto row = decode_row<CommentRow>(value);
    return {"comment " + owner, row ? describe_comment(*row) : "unreadable"};
  }
  if (table == 'H') {
    const auto row = decode_row<ThreadRow>(value);
    return {"comments of contribution " + owner,
            row ? fmt::format("visible {}, posted {}, target {}, changed at {}", row->visible, row->posted,
                              row->target_visible ? "visible" : "not visible", row->position.value)
                : "unreadable"};
  }
  if (table == 'N') {
    const auto row = decode_row<CommentCounts>(value);
    return {"comments of topic " + owner,
            row ? fmt::format("shown {}, posted {}, changed at {}", row->shown, row->posted, row->position.value) : "unreadable"};
  }
  const auto id = decode_row<CommentId>(value);
  const std::string leads_to = id ? "comment " + id->text() : "unreadable";
  if (table == 't') return {fmt::format("comment in the thread of contribution {} at {}", owner, to_hex(names.rest())), leads_to};
  if (table == 'l') return {fmt::format("comment in topic {} posted at {}", owner, names.position().value), leads_to};
  if (table == 'x') return {fmt::format("comment in topic {} with source id {}", owner, names.rest()), leads_to};
  return {"unknown row", to_hex(value)};
}

Result<CommentItem> CommentQueries::item(CommentRow row) const {
  const auto now = reader_.latest_row<CommentRow>(comment_key(row.id));
  if (!now) return now.error();
  return CommentItem{std::move(row), *now && is_visible(**now)};
}

Result<std::optional<CommentItem>> CommentQueries::get(CommentId id) const {
  auto row = reader_.row<CommentRow>(comment_key(id));
  if (!row) return row.error();
  if (!*row) return std::optional<CommentItem>();
  Result<CommentItem> found = item(std::move(**row));
  if (!found) return found.error();
  return std::optional<CommentItem>(std::move(*found));
}

Result<std::optional<CommentItem>> CommentQueries::by_source_id(TopicId topic, std::string_view source_id) const {
  const auto id = indexed_id<CommentId>(reader_, make_key('x', topic, source_id));
  if (!id) return id.error();
  if (!*id) return std::optional<CommentItem>();
  return get(**id);
}

Result<Page<CommentItem>> CommentQueries::page(std::string_view prefix, size_t fixed_suffix, const PageRequest& request,
                                               const CommentFilter& filter) const {
  Page<CommentItem> page;
  const auto accept = [&](const CommentRow& row) -> Result<bool> {
    if (filter.stance && row.stance != *filter.stance) return false;
    Result<CommentItem> found = item(row);
    if (!found) return found.error();
    if (filter.only_visible_now && !found->visible_now) return false;
    page.items.push_back(std::move(*found));
    return true;
  };
  auto rows = list_rows<CommentRow>(reader_, prefix, fixed_suffix, request, comment_key, accept);
  if (!rows) return rows.error();
  page.next = std::move(rows->next);
  return page;
}

Result<Page<CommentItem>> CommentQueries::thread(ContributionId target, const PageRequest& request,
                                                 const CommentFilter& filter) const {
  return page(make_key('t', target), 0, request, filter);
}

Result<Page<CommentItem>> CommentQueries::list(TopicId topic, const PageRequest& request, const CommentFilter& filter) const {
  return page(make_key('l', topic), kPositionBytes, request, filter);
}

Result<ThreadRow> CommentQueries::counts(ContributionId target) const {
  const auto row = reader_.row<ThreadRow>(thread_key(target));
  if (!row) return row.error();
  return row->value_or(ThreadRow{});
}

Result<CommentCounts> CommentQueries::counts(TopicId topic) const {
  const auto row = reader_.row<CommentCounts>(counts_key(topic));
  if (!row) return row.error();
  return row->value_or(CommentCounts{});
}

}  // namespace civiclog
