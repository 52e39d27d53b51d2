#pragma once

#include <optional>
#include <span>
#include <string>

namespace CLI {
class App;
}

// What is wrong with a command line, said better than the parser can: an argument that is empty, a verb that does not exist. Pure.

namespace civiclog {

// The arguments as they were given, before they are parsed: "--slug=" is taken by the parser for an option without its value.
std::optional<std::string> empty_option(std::span<const char* const> arguments);
// After parsing, whether or not it failed: an option or a place that was given an empty text.
std::optional<std::string> empty_argument(const CLI::App& app);
// After parsing has failed: no verb was given, or one that does not exist. The sentence says where they are listed.
std::optional<std::string> missing_verb(const CLI::App& app);
// The verbs that were understood, each with a space behind it: "tally ", "import polis ".
std::string verb_of(const CLI::App& app);

}  // namespace civiclog
