#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "events/envelope.h"
#include "events/payloads.h"

// Payloads to bytes and back: cereal's portable binary archive, always little-endian, read only through a bounded
// archive (payload_codec.cc). Decoding allocates at most the size of its input plus a constant, whatever the
// bytes say. Only this translation unit knows cereal. Pure and thread-safe.

namespace civiclog {

struct EncodedPayload {
  std::string type;
  uint16_t schema;
  std::string bytes;
};

EncodedPayload encode_payload(const Payload& payload);

// Decodes a payload of any schema ever written, brought up to the current one by upcasters. `at` is named in messages.
// Errors, with these names in Error::rule: "unknown_type", "future_schema" (kIncompatible: a newer program wrote
// it); "payload_truncated", "payload_trailing_bytes", "payload_invalid" (kCorrupt).
Result<Payload> decode_payload(std::string_view type, uint16_t schema, std::string_view bytes, Position at);

inline Result<Payload> decode_payload(const StoredEvent& event) {
  return decode_payload(event.envelope.type, event.envelope.schema, event.payload(), event.envelope.position);
}

// Every word an event mentions, in the order of its fields; words that were not given are left out.
std::vector<WordRef> words_of(const Payload& payload);

// All type names this program knows, in the order of Payload's alternatives.
std::vector<std::string_view> known_types();

}  // namespace civiclog
