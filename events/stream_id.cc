#include "events/stream_id.h"

#include <array>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr std::array<const char*, kMaxStreamKind + 1> kNames = {
    "", "organisation", "participant", "topic", "contribution", "comment", "ballot", "case", "import"};

}  // namespace

const char* name_of(StreamKind kind) {
  const auto index = static_cast<size_t>(kind);
  CHECK(index >= 1 && index < kNames.size());
  return kNames[index];
}

std::string StreamId::text() const {
  std::string out = std::string(name_of(kind)) + "-" + id.text();
  if (kind == StreamKind::kBallot) out += "-" + to_hex(view(tag.bytes));
  return out;
}

std::string StreamId::key() const {
  return ByteWriter().u8(static_cast<uint8_t>(kind)).raw(view(id.bytes)).raw(view(tag.bytes)).take();
}

std::optional<StreamId> parse_stream_id(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  for (uint8_t kind = 1; kind <= kMaxStreamKind; ++kind) {
    if (text.substr(0, dash) != kNames[kind]) continue;
    StreamId out{static_cast<StreamKind>(kind), {}, {}};
    const std::optional<Uuid> id = parse_uuid(text.substr(dash + 1, 36));
    if (!id) return std::nullopt;
    out.id = *id;
    if (out.kind == StreamKind::kBallot && text.size() == dash + 1 + 36 + 1 + 32) {
      const std::optional<std::string> tag = from_hex(text.substr(dash + 1 + 36 + 1));
      if (!tag) return std::nullopt;
      out.tag.bytes = ByteReader(*tag).array<16>();
    }
    return out.text() == text ? std::optional(out) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace civiclog
