// Feeds arbitrary bytes to the envelope, the same again with a right frame around them, and to one payload decoder. What is
// read is written as the very bytes it was read from, and no allocation is larger than the input allows.
//
// Input: the bytes of a stored event; or: one byte for type and schema, then a payload.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "events/payload_codec.h"
#include "events/public_form.h"
#include "tests/events/allocation_probe.h"

namespace {

using namespace civiclog;

constexpr size_t kChecksumBytes = 4;
// An element may be larger in memory than in bytes: an empty text is 8 bytes, and 32 in memory.
constexpr size_t kMemoryPerByte = 64;
constexpr size_t kMessageBytes = 8'192;

void check_allocations(size_t input) { CHECK(allocation_probe::largest() <= kMemoryPerByte * input + kMessageBytes); }

void check_sealed(const StoredEvent& event, Secrecy mode, const Key& key) {
  const std::string form = public_form(event, BoxSecrecy{mode, key});
  CHECK(form.size() == kSealedFormSize);
  CHECK(form == public_form(event, BoxSecrecy{mode, key}));
  ByteReader in(form);
  CHECK(in.raw(4) == "CVLP" && in.u8() == 1 && in.u8() == static_cast<uint8_t>(mode) && in.u16() == kSealedFormSize);
  CHECK(in.array<16>() == event.envelope.log.uuid.bytes && in.u64() == event.envelope.position.value);
  CHECK(in.array<16>() == event.envelope.stream.id.bytes);
  CHECK(ByteReader(std::string_view(form).substr(kSealedFormSize - kChecksumBytes)).u32() ==
        crc32c(form.substr(0, kSealedFormSize - kChecksumBytes)));
  // The commitment hangs on the key, and on nothing that is shown.
  const std::string other = public_form(event, BoxSecrecy{mode, sha256("another key")});
  CHECK(other.substr(0, 52) == form.substr(0, 52) && other.substr(52) != form.substr(52));
}

void check_public_form(const StoredEvent& event) {
  if (!governing_box(event)) {
    CHECK(public_form(event, std::nullopt) == event.bytes);
    return;
  }
  const Key key = sha256("box key");
  CHECK(public_form(event, BoxSecrecy{Secrecy::kOpen, key}) == event.bytes);
  check_sealed(event, Secrecy::kPseudonymous, key);
  check_sealed(event, Secrecy::kEmbargoed, key);
}

void check_payload(std::string_view type, uint16_t schema, std::string_view bytes) {
  allocation_probe::reset();
  const Result<Payload> payload = decode_payload(type, schema, bytes, {1});
  check_allocations(bytes.size() + type.size());
  if (!payload) {
    CHECK(!payload.error().rule.empty() && !payload.error().message.empty());
    return;
  }
  for (const WordRef& word : words_of(*payload)) CHECK(word.is_given());
  const EncodedPayload encoded = encode_payload(*payload);
  CHECK(encoded.type == type && encoded.schema >= schema);
  if (encoded.schema == schema) {
    CHECK(encoded.bytes == bytes);
    return;
  }
  // An upcast: the one there is adds a stance behind what was there.
  CHECK(type == CommentPosted::kType && schema == 1);
  CHECK(std::get<CommentPosted>(*payload).stance == Stance::kNeutral);
  CHECK(encoded.bytes.substr(0, encoded.bytes.size() - 1) == bytes);
  const Result<Payload> again = decode_payload(encoded.type, encoded.schema, encoded.bytes, {1});
  CHECK(again && *again == *payload);
}

void check_event(const std::string& bytes, Position expected) {
  allocation_probe::reset();
  const Result<StoredEvent> event = decode_event(bytes, expected);
  check_allocations(bytes.size());
  if (!event) {
    CHECK(!event.error().rule.empty() && !event.error().message.empty());
    return;
  }
  CHECK(event->bytes == bytes && event->envelope.position == expected);
  const StoredEvent again = encode_event(event->envelope, event->payload());
  CHECK(again.bytes == bytes && again.envelope == event->envelope);
  check_payload(event->envelope.type, event->envelope.schema, event->payload());
  check_public_form(*event);
}

// Magic, format, size and checksum as a writer would have written them, so that what is behind them is looked at.
std::string framed(std::string bytes) {
  const std::string_view head("CVLG\x01");
  bytes.replace(0, head.size(), head);
  bytes.resize(bytes.size() - kChecksumBytes);
  bytes.replace(6, 2, ByteWriter().u16(static_cast<uint16_t>(bytes.size() + kChecksumBytes)).bytes());
  return bytes + ByteWriter().u32(crc32c(bytes)).bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  check_event(bytes, {1});
  if (size > kEnvelopeHeaderSize + kChecksumBytes && size <= kMaxEventSize) {
    check_event(framed(bytes), {ByteReader(std::string_view(bytes).substr(24, 8)).u64()});
  }
  if (size == 0) return 0;
  static const std::vector<std::string_view> types = known_types();
  check_payload(types[data[0] % types.size()], static_cast<uint16_t>(1 + data[0] / 128), std::string_view(bytes).substr(1));
  return 0;
}
