#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "commands/command.h"
#include "tests/query-api/load_town.h"

// The record that a killed civicd has left, looked at from below. One thread, no other process on it.

namespace civiclog {

// The command of an act, as the door computes it.
CommandId command_of(const LoadAct& act);

// By command, what was answered.
using ExpectedCommands = std::map<CommandId, const Acknowledged*>;
void expect_commands(ExpectedCommands& expected, const std::vector<Acknowledged>& acknowledged);

// Every expected command is in the log, once, where its answer said; nothing else is. Every word that is mentioned opens its
// commitment or was erased, and none of an erased one is left. What no commit mentions is collected, and nothing else. Returns how
// many such words there were.
size_t check_record(const std::filesystem::path& data, const ExpectedCommands& expected);

}  // namespace civiclog
