#include "query-api/door/entity_tag.h"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace civiclog {

bool matches_tag(std::string_view list, std::string_view tag) {
  const std::string quoted = fmt::format("\"{}\"", tag);
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    while (one.starts_with(' ') || one.starts_with('\t')) one.remove_prefix(1);
    while (one.ends_with(' ') || one.ends_with('\t')) one.remove_suffix(1);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == quoted) return true;
  }
  return false;
}

std::optional<Position> position_of_tag(std::string_view tag) {
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
  uint64_t number = 0;
  const char* begin = tag.data() + 1;
  const auto [end, failure] = std::from_chars(begin, tag.data() + tag.size() - 1, number);
  if (failure != std::errc() || (*end != '"' && *end != '-')) return std::nullopt;
  return Position{number};
}

}  // namespace civiclog
