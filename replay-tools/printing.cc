#include "replay-tools/printing.h"

#include <fmt/format.h>

#include "base/text.h"

namespace civiclog {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The length of the UTF-8 character at the beginning, 0 if there is none.
size_t character_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return size <= text.size() && is_valid_utf8(text.substr(0, size)) ? size : 0;
}

uint32_t code_point(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(character[i])); };
  switch (character.size()) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3: return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default: return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  }
}

bool is_unsafe(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
         (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0x200E || point == 0x200F;
}

template <typename Take>
void each_character(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const size_t size = character_size(text);
    take(size == 0 ? kReplacement : text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  each_character(text, [&out](std::string_view character) {
    const uint32_t point = code_point(character);
    if (is_unsafe(point)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", point);
    } else {
      out += character;
    }
  });
  return out;
}

std::string one_line(std::string_view text) {
  std::string flat(text);
  for (char& c : flat) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return printable(flat);
}

boost::json::string json_text(std::string_view text) {
  if (is_valid_utf8(text)) return boost::json::string(text.data(), text.size());
  boost::json::string out;
  each_character(text, [&out](std::string_view character) { out.append(boost::json::string_view(character.data(), character.size())); });
  return out;
}

void print_json(const boost::json::value& value) { fmt::print("{}\n", boost::json::serialize(value)); }

}  // namespace civiclog
