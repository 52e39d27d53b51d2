#include "base/id.h"

#include "base/crypto.h"

namespace civiclog {
namespace {

Uuid stamped(ByteArray<16> bytes, uint8_t version) {
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  return {bytes};
}

}  // namespace

std::string Uuid::text() const {
  const std::string hex = to_hex(view(bytes));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string hex;
  hex.reserve(32);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) hex.push_back(text[i]);
  }
  const std::optional<std::string> raw = from_hex(hex);
  if (!raw) return std::nullopt;
  return Uuid{ByteReader(*raw).array<16>()};
}

Uuid make_uuid_v7(Timestamp now, const ByteArray<16>& random) {
  ByteArray<16> bytes = random;
  const auto ms = static_cast<uint64_t>(now.ms);
  for (size_t i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(ms >> (8 * (5 - i)));
  return stamped(bytes, 7);
}

Uuid make_uuid_v4(const ByteArray<16>& random) { return stamped(random, 4); }

Uuid make_imported_uuid(std::string_view source, std::string_view kind, std::string_view source_id) {
  const Digest digest = sha256(ByteWriter().text(source).text(kind).text(source_id).bytes());
  return stamped(ByteReader(view(digest)).array<16>(), 8);
}

}  // namespace civiclog
