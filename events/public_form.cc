#include "events/public_form.h"

#include <chrono>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr std::string_view kMagic = "CVLP";
constexpr uint8_t kSealedFormat = 1;

Salt salt_of(const StoredEvent& event, const Key& box_key) {
  return hmac_sha256(box_key, ByteWriter()
                                  .raw("civiclog/public-form-salt/v1")
                                  .u8(0)
                                  .raw(view(event.envelope.command.uuid.bytes))
                                  .u16(event.envelope.commit_index)
                                  .bytes());
}

uint32_t day_of(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::milliseconds(time.ms));
  return static_cast<uint32_t>(static_cast<int32_t>(day.count()));
}

std::string sealed_form(const StoredEvent& event, const BoxSecrecy& box) {
  const Digest commitment = sha256(ByteWriter()
                                       .raw("civiclog/public-form/v1")
                                       .u8(0)
                                       .raw(view(salt_of(event, box.key)))
                                       .raw(event.bytes)
                                       .bytes());
  ByteWriter out;
  out.raw(kMagic).u8(kSealedFormat).u8(static_cast<uint8_t>(box.mode)).u16(kSealedFormSize);
  out.raw(view(event.envelope.log.uuid.bytes)).u64(event.envelope.position.value);
  out.raw(view(event.envelope.stream.id.bytes)).u32(day_of(event.envelope.recorded_at)).raw(view(commitment));
  out.u32(crc32c(out.bytes()));
  CHECK(out.bytes().size() == kSealedFormSize);
  return out.take();
}

}  // namespace

std::optional<BoxId> governing_box(const StoredEvent& event) {
  if (event.envelope.stream.kind != StreamKind::kBallot) return std::nullopt;
  return BoxId{event.envelope.stream.id};
}

std::string public_form(const StoredEvent& event, const std::optional<BoxSecrecy>& box) {
  CHECK(box.has_value() == governing_box(event).has_value());
  if (!box || box->mode == Secrecy::kOpen) return event.bytes;
  return sealed_form(event, *box);
}

}  // namespace civiclog
