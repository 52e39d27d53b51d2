#include "replay-tools/printing.h"

#include <iterator>

#include <fmt/format.h>

namespace civiclog {
namespace {

// Of a valid UTF-8 character, by its first byte.
size_t character_size(char first_byte) {
  const auto first = static_cast<unsigned char>(first_byte);
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
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

}  // namespace

std::string printable(std::string_view text) {
  const std::string valid = as_utf8(text);
  std::string out;
  for (std::string_view rest = valid; !rest.empty();) {
    const std::string_view character = rest.substr(0, character_size(rest.front()));
    const uint32_t point = code_point(character);
    if (is_unsafe(point)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", point);
    } else {
      out += character;
    }
    rest.remove_prefix(character.size());
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string flat(text);
  for (char& c : flat) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return printable(flat);
}

void print_json(const boost::json::value& value) { fmt::print("{}\n", boost::json::serialize(value)); }

}  // namespace civiclog
