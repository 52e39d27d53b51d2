#include "replay-tools/polis_table.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include <fmt/format.h>

#include "replay-tools/polis_format.h"

namespace civiclog::polis {

Status Table::read_header() {
  const auto more = csv_.next();
  if (!more) return more.error();
  if (!*more) return invalid_argument(fmt::format("{} is empty; expected a line with the names of the columns", file()));
  std::unordered_set<std::string> seen;
  for (const std::string_view name : csv_.fields()) {
    names_.emplace_back(name);
    keys_.push_back(column_key(name));
    if (!keys_.back().empty() && !seen.insert(keys_.back()).second) {
      return error(names_.size() - 1, "a column of this name is there twice; remove one");
    }
  }
  return {};
}

std::optional<size_t> Table::find(std::string_view name) const {
  const auto found = std::find(keys_.begin(), keys_.end(), column_key(name));
  if (found == keys_.end()) return std::nullopt;
  return static_cast<size_t>(found - keys_.begin());
}

Result<std::vector<size_t>> Table::require(std::initializer_list<std::string_view> names) const {
  std::vector<size_t> columns;
  for (const std::string_view name : names) {
    const auto column = find(name);
    if (!column) {
      return error(fmt::format("the column {} is missing; expected {} in any order", name, fmt::join(names, ", ")));
    }
    columns.push_back(*column);
  }
  return columns;
}

Result<bool> Table::next() {
  const auto more = csv_.next();
  if (!more || !*more) return more;
  const size_t count = csv_.fields().size();
  if (count == names_.size()) return true;
  return error(fmt::format("{} field{} where the header has {}; {}", count, count == 1 ? "" : "s", names_.size(),
                           count < names_.size() ? "the line may be cut off" : "a text with a comma must be in quotes"));
}

std::string Table::place(size_t column) const {
  return fmt::format("{} line {}, column {} ({})", file(), line(), column + 1, shown(names_[column]));
}

Error Table::error(size_t column, std::string_view what) const {
  return invalid_argument(fmt::format("{}: {}", place(column), what));
}

Result<int64_t> Table::integer(size_t column, int64_t least, int64_t most) const {
  const std::string_view cell = text(column);
  const auto value = parse_integer(cell);
  if (value && *value >= least && *value <= most) return *value;
  const std::string range = most == INT64_MAX ? fmt::format("{} or more", least) : fmt::format("from {} to {}", least, most);
  if (cell.empty()) return error(column, fmt::format("the cell is empty; expected a whole number, {}", range));
  const bool is_numeral = cell.find_first_not_of("0123456789", cell[0] == '-' ? 1 : 0) == std::string_view::npos;
  if (!is_numeral || cell == "-") return error(column, fmt::format("{} is not a whole number; expected one {}", shown(cell), range));
  return error(column, fmt::format("{} is out of range or has leading zeros; expected a whole number {}", shown(cell), range));
}

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.starts_with('0') && text.size() > 1) return std::nullopt;
  return value;
}

}  // namespace civiclog::polis
