#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"

// Names of streams. A stream is the history of one thing: a topic, a contribution, all choices of one voter
// in one ballot box. Text form "topic-<uuid>", "ballot-<box uuid>-<tag, 32 hex digits>"; in bytes always
// 33: kind u8, id 16, tag 16 (zero unless a ballot).

namespace civiclog {

enum class StreamKind : uint8_t {
  kOrganisation = 1,
  kParticipant = 2,
  kTopic = 3,
  kContribution = 4,
  kComment = 5,
  kBallot = 6,
  kCase = 7,
  kImport = 8,
};
inline constexpr uint8_t kMaxStreamKind = 8;

const char* name_of(StreamKind kind);

struct StreamId {
  static constexpr size_t kSize = 33;

  StreamKind kind = StreamKind::kOrganisation;
  Uuid id;   // For a ballot: the box.
  Uuid tag;  // For a ballot: the voter's tag in that box. Otherwise nil.

  std::string text() const;
  std::string key() const;  // The 33 bytes; sorts by kind, id, tag.
  friend constexpr auto operator<=>(const StreamId&, const StreamId&) = default;
};

inline StreamId stream_of(OrganisationId id) { return {StreamKind::kOrganisation, id.uuid, {}}; }
inline StreamId stream_of(ParticipantId id) { return {StreamKind::kParticipant, id.uuid, {}}; }
inline StreamId stream_of(TopicId id) { return {StreamKind::kTopic, id.uuid, {}}; }
inline StreamId stream_of(ContributionId id) { return {StreamKind::kContribution, id.uuid, {}}; }
inline StreamId stream_of(CommentId id) { return {StreamKind::kComment, id.uuid, {}}; }
inline StreamId stream_of(BoxId box, Tag tag) { return {StreamKind::kBallot, box.uuid, tag.uuid}; }
inline StreamId stream_of(CaseId id) { return {StreamKind::kCase, id.uuid, {}}; }
inline StreamId stream_of(ImportId id) { return {StreamKind::kImport, id.uuid, {}}; }

// nullopt unless the text is exactly what text() would print.
std::optional<StreamId> parse_stream_id(std::string_view text);

struct StreamIdHash {
  size_t operator()(const StreamId& stream) const {
    return UuidHash{}(stream.id) ^ (UuidHash{}(stream.tag) * 31) ^ static_cast<size_t>(stream.kind);
  }
};

}  // namespace civiclog
