#pragma once

#include <utility>

#include "base/result.h"
#include "events/envelope.h"
#include "events/payload_codec.h"
#include "events/payloads.h"

namespace civiclog {

// An event as projections see it: decoded once, brought up to the current schema, shared by all of them.
struct RecordedEvent {
  Envelope envelope;
  Payload payload;

  Position position() const { return envelope.position; }
};

// Errors as decode_payload().
inline Result<RecordedEvent> record(const StoredEvent& event) {
  Result<Payload> payload = decode_payload(event);
  if (!payload) return payload.error();
  return RecordedEvent{event.envelope, std::move(*payload)};
}

}  // namespace civiclog
