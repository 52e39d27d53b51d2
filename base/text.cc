#include "base/text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr size_t kMaxSlugLength = 128;

bool is_forbidden_control(UChar32 c) { return (c < 0x20 && c != '\n') || (c >= 0x7f && c <= 0x9f); }

bool is_slug_edge(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) return false;
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<uint8_t>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

Result<std::string> normalise_text(std::string_view text, std::string_view what, size_t max_bytes) {
  const auto too_long = [&](size_t size) {
    return invalid_argument(fmt::format("{} is {} bytes long; at most {} are allowed", what, size, max_bytes));
  };
  if (text.size() > max_bytes) return too_long(text.size());
  if (!is_valid_utf8(text)) return invalid_argument(fmt::format("{} is not valid UTF-8", what));
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    const int32_t start = i;
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (is_forbidden_control(c)) {
      return invalid_argument(fmt::format("{} has the control character U+{:04X} at byte {}; only line feed is allowed",
                                          what, static_cast<uint32_t>(c), start));
    }
  }
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  CHECK(U_SUCCESS(status));
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  nfc->normalizeUTF8(0, icu::StringPiece(text.data(), size), sink, nullptr, status);
  CHECK(U_SUCCESS(status));
  // Some characters are longer in NFC: U+0958 is three bytes and becomes six.
  if (out.size() > max_bytes) return too_long(out.size());
  return out;
}

bool is_valid_slug(std::string_view text) {
  if (text.empty() || text.size() > kMaxSlugLength) return false;
  if (!is_slug_edge(text.front()) || !is_slug_edge(text.back())) return false;
  for (const char c : text) {
    if (!is_slug_edge(c) && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace civiclog
