// The small texts that everything is named by: what is read is written as it was, or as the one form it stands for.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/check.h"
#include "base/id.h"
#include "base/text.h"
#include "base/time.h"
#include "events/stream_id.h"

namespace {

using namespace civiclog;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void check_ids(std::string_view text) {
  if (const auto id = parse_uuid(text)) CHECK(id->text() == lower(text));
  if (const auto stream = parse_stream_id(text)) CHECK(stream->text() == text);
  if (const auto bytes = from_hex(text)) CHECK(to_hex(*bytes) == lower(text));
  if (const auto bytes = from_base64url(text)) CHECK(to_base64url(*bytes) == text);
  CHECK(from_base64url(to_base64url(text)) == text && from_hex(to_hex(text)) == text);
}

void check_time(std::string_view text) {
  const auto time = parse_rfc3339(text);
  if (!time) return;
  const std::string written = to_rfc3339(*time);
  CHECK(written.size() == std::string_view("2026-11-24T08:07:58.000Z").size() && parse_rfc3339(written) == time);
  // In UTC and within the second, it is the text itself.
  const bool is_utc = text.ends_with('Z') || text.ends_with('z');
  if (is_utc) CHECK(written.substr(0, 10) == text.substr(0, 10) && written.substr(11, 8) == text.substr(11, 8));
}

void check_words(std::string_view text) {
  const Result<std::string> normal = normalise_text(text, "text");
  if (!normal) {
    CHECK(normal.error().code == ErrorCode::kInvalidArgument && !normal.error().message.empty());
  } else {
    CHECK(is_valid_utf8(text) && is_valid_utf8(*normal) && normal->size() <= kMaxWordBytes);
    for (const char c : *normal) CHECK(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    const Result<std::string> again = normalise_text(*normal, "text");
    CHECK(again && *again == *normal);
  }
  if (is_valid_slug(text)) CHECK(normal && *normal == text && text.size() <= 128);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_ids(text);
  check_time(text);
  check_words(text);
  return 0;
}
