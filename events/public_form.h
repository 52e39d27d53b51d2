#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "events/envelope.h"
#include "events/word_ref.h"

// What the public sees of a stored event: a deterministic function of its bytes and of the secrecy of the box it
// belongs to. Feeds, /v1/events, ledger entries and bundles carry this and nothing else.
//
//   - An event outside ballot streams, and every event of an *open* box: the stored bytes themselves.
//   - An event of a *pseudonymous* or *embargoed* box: a sealed form. It proves later that the stored event was
//     there, and says neither who, what, nor when within the day: in real data order and time alone name people.
//
//   offset  size  field
//        0     4  magic "CVLP"
//        4     1  format number, 1
//        5     1  secrecy: 2 pseudonymous, 3 embargoed
//        6     2  total size, 88
//        8    16  log id
//       24     8  position
//       32    16  box id
//       48     4  day of recorded_at: days since 1970-01-01 UTC, signed
//       52    32  commitment: SHA-256("civiclog/public-form/v1" | 0x00 | salt (32) | stored bytes)
//       84     4  CRC-32C of all bytes before it
//
// salt = HMAC-SHA-256(box key, "civiclog/public-form-salt/v1" | 0x00 | command id (16) | commit index u16).
// Pure and thread-safe.

namespace civiclog {

inline constexpr size_t kSealedFormSize = 88;

// What must be known of a box to show its ballots to the public.
struct BoxSecrecy {
  Secrecy mode = Secrecy::kPseudonymous;
  Key key{};
};

// The box whose secrecy governs the event; nullopt for events outside ballot streams.
std::optional<BoxId> governing_box(const StoredEvent& event);

// `box` is required if and only if governing_box(event) has a value.
std::string public_form(const StoredEvent& event, const std::optional<BoxSecrecy>& box);

}  // namespace civiclog
