#include "events/envelope.h"

#include <limits>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr std::string_view kMagic = "CVLG";
constexpr size_t kChecksumSize = 4;
constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

Error damaged(Position at, const char* rule, std::string_view what) {
  return {ErrorCode::kCorrupt, fmt::format("event at position {}: {}", at.value, what), rule};
}

StreamId read_stream_id(ByteReader& in) {
  StreamId stream;
  stream.kind = static_cast<StreamKind>(in.u8());
  stream.id.bytes = in.array<16>();
  stream.tag.bytes = in.array<16>();
  return stream;
}

// The order of the checks decides which error a damaged event gets: size and checksum come first, so that
// whatever follows is what the writer wrote.
std::optional<Error> frame_error(std::string_view bytes, Position at) {
  if (bytes.size() < kEnvelopeHeaderSize + 1 + kChecksumSize) {
    return damaged(at, "truncated", fmt::format("{} bytes are too few for an event", bytes.size()));
  }
  if (bytes.substr(0, 4) != kMagic) return damaged(at, "bad_magic", "does not begin with CVLG");
  const auto format = static_cast<uint8_t>(bytes[4]);
  if (format > kEnvelopeFormat) {
    return Error{ErrorCode::kIncompatible,
                 fmt::format("event at position {}: has event format {}, this program reads up to {}; use a newer civiclog",
                             at.value, format, kEnvelopeFormat),
                 "future_format"};
  }
  ByteReader size_field(bytes.substr(6, 2));
  const size_t size = size_field.u16();
  if (size > bytes.size()) return damaged(at, "truncated", fmt::format("{} of {} bytes are there", bytes.size(), size));
  if (size < bytes.size()) {
    return damaged(at, "trailing_bytes", fmt::format("{} bytes follow its end", bytes.size() - size));
  }
  ByteReader checksum(bytes.substr(bytes.size() - kChecksumSize));
  if (checksum.u32() != crc32c(bytes.substr(0, bytes.size() - kChecksumSize))) {
    return damaged(at, "bad_crc", "its checksum does not match its bytes");
  }
  return std::nullopt;
}

bool is_well_formed(const Envelope& e) {
  const auto kind = static_cast<uint8_t>(e.stream.kind);
  const bool stream_ok = kind >= 1 && kind <= kMaxStreamKind &&
                         (e.stream.tag.is_nil() || e.stream.kind == StreamKind::kBallot);
  return stream_ok && e.position.value > 0 && e.stream_version.value > 0 && e.schema > 0 && e.commit_size > 0 &&
         e.commit_index < e.commit_size && e.actor.kind <= kMaxActorKind && e.actor.role <= kMaxRole;
}

}  // namespace

size_t stored_size(std::string_view type, size_t payload_size) {
  return kEnvelopeHeaderSize + type.size() + payload_size + kChecksumSize;
}

StoredEvent encode_event(Envelope envelope, std::string_view payload) {
  const size_t size = stored_size(envelope.type, payload.size());
  CHECK(size <= kMaxEventSize);
  CHECK(!envelope.type.empty() && envelope.type.size() <= kMaxTypeNameSize);
  CHECK(is_well_formed(envelope));
  ByteWriter out;
  out.raw(kMagic).u8(kEnvelopeFormat).u8(static_cast<uint8_t>(envelope.type.size())).u16(static_cast<uint16_t>(size));
  out.raw(view(envelope.log.uuid.bytes)).u64(envelope.position.value);
  out.u16(envelope.commit_index).u16(envelope.commit_size);
  out.raw(envelope.stream.key()).u64(envelope.stream_version.value).u16(envelope.schema);
  out.raw(view(envelope.command.uuid.bytes)).raw(view(envelope.body_digest));
  out.u8(static_cast<uint8_t>(envelope.actor.kind)).raw(view(envelope.actor.id.bytes));
  out.u8(static_cast<uint8_t>(envelope.actor.role));
  out.i64(envelope.recorded_at.ms).i64(envelope.occurred_at ? envelope.occurred_at->ms : kNoTime);
  CHECK(out.bytes().size() == kEnvelopeHeaderSize);
  out.raw(envelope.type).raw(payload);
  out.u32(crc32c(out.bytes()));
  return {std::move(envelope), out.take()};
}

Result<StoredEvent> decode_event(std::string bytes, Position expected) {
  if (const auto error = frame_error(bytes, expected)) return *error;
  ByteReader in(bytes);
  in.raw(5);
  const size_t type_size = in.u8();
  in.u16();
  Envelope e;
  e.log.uuid.bytes = in.array<16>();
  e.position.value = in.u64();
  e.commit_index = in.u16();
  e.commit_size = in.u16();
  e.stream = read_stream_id(in);
  e.stream_version.value = in.u64();
  e.schema = in.u16();
  e.command.uuid.bytes = in.array<16>();
  e.body_digest = in.array<32>();
  e.actor.kind = static_cast<ActorKind>(in.u8());
  e.actor.id.bytes = in.array<16>();
  e.actor.role = static_cast<Role>(in.u8());
  e.recorded_at.ms = in.i64();
  const int64_t occurred = in.i64();
  if (occurred != kNoTime) e.occurred_at = Timestamp{occurred};
  if (type_size == 0 || type_size > kMaxTypeNameSize || in.remaining() < type_size + kChecksumSize || !is_well_formed(e)) {
    return damaged(expected, "bad_envelope", "its checksum is right, but its envelope breaks the format");
  }
  e.type = std::string(in.raw(type_size));
  if (e.position != expected) {
    return damaged(expected, "wrong_position", fmt::format("says it is event {}", e.position.value));
  }
  return StoredEvent{std::move(e), std::move(bytes)};
}

}  // namespace civiclog
