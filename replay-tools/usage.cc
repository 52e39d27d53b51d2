#include "replay-tools/usage.h"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace civiclog {
namespace {

const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string empty_sentence(std::string_view name) { return fmt::format("{} is empty; give it a value", name); }

}  // namespace

std::optional<std::string> empty_option(std::span<const char* const> arguments) {
  for (const std::string_view argument : arguments) {
    if (argument.size() > 3 && argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      return empty_sentence(argument.substr(0, argument.size() - 1));
    }
  }
  return std::nullopt;
}

std::optional<std::string> empty_argument(const CLI::App& app) {
  for (const CLI::Option* option : innermost(app).get_options()) {
    const std::vector<std::string>& given = option->results();
    if (std::ranges::find(given, std::string()) == given.end()) continue;
    // A place has no name of its own on the command line; its help calls it by what belongs there.
    return empty_sentence(option->get_positional() ? option->get_type_name() : option->get_name());
  }
  return std::nullopt;
}

std::optional<std::string> missing_verb(const CLI::App& app) {
  const CLI::App& at = innermost(app);
  if (at.get_require_subcommand_min() == 0) return std::nullopt;
  const std::string verbs = verb_of(app);
  const std::vector<std::string> left_over = at.remaining();
  const std::string where = fmt::format("`civic-replay {}--help` lists them", verbs);
  if (left_over.empty()) return fmt::format("a verb is missing; {}", where);
  if (left_over.front().starts_with('-')) return fmt::format("a verb has to come before {}; {}", left_over.front(), where);
  return fmt::format("there is no verb '{}{}'; {}", verbs, left_over.front(), where);
}

std::string verb_of(const CLI::App& app) {
  std::string out;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    out += at->get_name() + " ";
  }
  return out;
}

}  // namespace civiclog
