#include <cstdint>
#include <string>

#include "base/check.h"
#include "events/payload_codec.h"

// Feeds arbitrary bytes to the envelope and, behind a right checksum, to every payload decoder. Run with
// -malloc_limit_mb=1: an allocation beyond the input's size plus a constant ends the run.

using namespace civiclog;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const Result<StoredEvent> event = decode_event(bytes, {1})) {
    CHECK(event->bytes == bytes);
  }
  if (size == 0) return 0;
  const std::vector<std::string_view> types = known_types();
  const std::string_view type = types[data[0] % types.size()];
  const uint16_t schema = static_cast<uint16_t>(1 + data[0] / 128);
  const Result<Payload> payload = decode_payload(type, schema, std::string_view(bytes).substr(1), {1});
  if (payload) {
    // What was read is written as it is now read, and read again to the same value.
    const EncodedPayload encoded = encode_payload(*payload);
    const Result<Payload> again = decode_payload(encoded.type, encoded.schema, encoded.bytes, {1});
    CHECK(again && *again == *payload);
  }
  return 0;
}
