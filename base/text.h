#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

// Rules for free text ("words"): valid UTF-8, normalised to NFC, plain text without control characters
// other than line feed. Over ICU; pure and thread-safe.

namespace civiclog {

inline constexpr size_t kMaxWordBytes = 20'000;

bool is_valid_utf8(std::string_view text);
// The beginning of valid UTF-8 with at most so many bytes, cut between characters.
std::string_view utf8_prefix(std::string_view text, size_t max_bytes);

// The text in NFC, or kInvalidArgument naming what is wrong (bad UTF-8, a control character, too long).
// `what` names the field in the message, e.g. "title".
Result<std::string> normalise_text(std::string_view text, std::string_view what, size_t max_bytes = kMaxWordBytes);

// ASCII letters, digits, '-', '_' and '.', 1–128 characters, not starting or ending with '-' or '.'.
bool is_valid_slug(std::string_view text);

}  // namespace civiclog
