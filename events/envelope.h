#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/id.h"
#include "base/position.h"
#include "base/result.h"
#include "base/time.h"
#include "events/stream_id.h"
#include "events/vocabulary.h"

// The bytes of one stored event. Integers are little-endian. Format 1:
//
//   offset  size  field
//        0     4  magic "CVLG"
//        4     1  format number, 1
//        5     1  type name length t, 1–64
//        6     2  total size in bytes, this header to the checksum
//        8    16  log id
//       24     8  position, from 1
//       32     2  index of this event in its commit, from 0
//       34     2  number of events in its commit
//       36    33  stream: kind u8, id 16, tag 16
//       69     8  stream version after this event, from 1
//       77     2  schema number of the payload, from 1
//       79    16  command id
//       95    32  body digest: HMAC-SHA-256(index key, canonical command)
//      127     1  actor kind: 0 system, 1 participant, 2 ballot tag
//      128    16  actor id, zero for the system
//      144     1  role the actor acted in
//      145     8  recorded_at, ms since 1970 UTC, signed; never runs backwards
//      153     8  occurred_at, the same; the smallest 64-bit integer means "not given"
//      161     t  type name, ASCII
//    161+t     p  payload (docs/event-format.md)
//  161+t+p     4  CRC-32C of all bytes before it
//
// At most kMaxEventSize bytes. Written once by the log, never re-encoded: readers, hashes and proofs use these
// very bytes. All functions are pure and thread-safe.

namespace civiclog {

inline constexpr size_t kMaxEventSize = 65'535;
inline constexpr uint8_t kEnvelopeFormat = 1;
inline constexpr size_t kEnvelopeHeaderSize = 161;
inline constexpr size_t kMaxTypeNameSize = 64;

struct Actor {
  ActorKind kind = ActorKind::kSystem;
  Uuid id;  // Participant or tag; nil for the system.
  Role role = Role::kSystem;
  friend bool operator==(const Actor&, const Actor&) = default;
};

inline Actor acting_participant(ParticipantId id, Role role) { return {ActorKind::kParticipant, id.uuid, role}; }
inline Actor acting_tag(Tag tag) { return {ActorKind::kBallotTag, tag.uuid, Role::kCitizen}; }
inline Actor acting_system() { return {}; }

struct Envelope {
  LogId log;
  Position position;
  uint16_t commit_index = 0;
  uint16_t commit_size = 1;
  StreamId stream;
  Version stream_version;
  std::string type;
  uint16_t schema = 1;
  CommandId command;
  Digest body_digest{};
  Actor actor;
  Timestamp recorded_at;
  std::optional<Timestamp> occurred_at;
  friend bool operator==(const Envelope&, const Envelope&) = default;

  // When it happened: as the source says, or else as the log recorded it.
  Timestamp happened_at() const { return occurred_at.value_or(recorded_at); }
};

// Owns the stored bytes and the parsed envelope.
struct StoredEvent {
  Envelope envelope;
  std::string bytes;

  std::string_view payload() const {
    const size_t start = kEnvelopeHeaderSize + envelope.type.size();
    return std::string_view(bytes).substr(start, bytes.size() - start - 4);
  }
};

// Size of the stored bytes for a payload, before anything is staged.
size_t stored_size(std::string_view type, size_t payload_size);

// CHECKs that the result fits kMaxEventSize: the log refuses larger events before staging them.
StoredEvent encode_event(Envelope envelope, std::string_view payload);

// Reads one stored event and nothing more. `expected` is where it was found; it is named in every message and
// must equal the position in the bytes. Errors, with these names in Error::rule: "truncated", "bad_magic",
// "bad_crc", "trailing_bytes", "bad_envelope", "wrong_position" (kCorrupt); "future_format" (kIncompatible).
Result<StoredEvent> decode_event(std::string bytes, Position expected);

}  // namespace civiclog
