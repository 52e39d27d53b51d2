#include "query-api/reading/cursor.h"

#include <algorithm>

#include "base/base64.h"
#include "base/check.h"

namespace civiclog {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kHeadBytes = 17;
constexpr size_t kCheckBytes = 12;

std::string check_of(const Key& key, std::string_view bytes) {
  return std::string(view(hmac_sha256(key, bytes)).substr(0, kCheckBytes));
}

bool is_of_the_page(std::string_view name) {
  return name == "cursor" || name == "limit" || name == "as_of" || name == "min_position" || name == "wait";
}

}  // namespace

ListIdentity list_identity(const HttpRequest& request) {
  std::vector<std::string> parts;
  for (const Field& parameter : request.query) {
    if (!is_of_the_page(parameter.name)) parts.push_back(ByteWriter().text(parameter.name).text(parameter.value).take());
  }
  std::sort(parts.begin(), parts.end());
  ByteWriter identity;
  identity.u32(static_cast<uint32_t>(request.segments.size()));
  for (const std::string& segment : request.segments) identity.text(segment);
  for (const std::string& part : parts) identity.raw(part);
  ListIdentity out;
  std::copy_n(sha256(identity.bytes()).begin(), out.size(), out.begin());
  return out;
}

std::string encode_cursor(const Key& key, const ListIdentity& list, const Cursor& cursor) {
  CHECK(cursor.resume.size() <= kMaxResumeBytes);
  std::string bytes = ByteWriter().u8(kFormat).u64(cursor.position.value).raw(view(list)).raw(cursor.resume).take();
  bytes += check_of(key, bytes);
  return to_base64url(bytes);
}

std::optional<Cursor> decode_cursor(const Key& key, const ListIdentity& list, std::string_view text) {
  if (text.size() > kMaxCursorSize) return std::nullopt;
  const std::optional<std::string> decoded = from_base64url(text);
  if (!decoded || decoded->size() < kHeadBytes + kCheckBytes) return std::nullopt;
  const std::string_view bytes = std::string_view(*decoded).substr(0, decoded->size() - kCheckBytes);
  const std::string_view check = std::string_view(*decoded).substr(bytes.size());
  if (!equal_in_constant_time(check, check_of(key, bytes))) return std::nullopt;
  ByteReader in(bytes);
  if (in.u8() != kFormat) return std::nullopt;
  Cursor cursor;
  cursor.position = {in.u64()};
  if (in.array<8>() != list) return std::nullopt;
  if (in.remaining() > kMaxResumeBytes) return std::nullopt;
  cursor.resume = in.raw(in.remaining());
  return cursor;
}

}  // namespace civiclog
