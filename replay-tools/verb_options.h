#pragma once

#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "installation/data_directory.h"
#include "replay-tools/verbs.h"

// What several verbs of civic-replay ask for on the command line.

namespace civiclog {

struct CommonOptions {
  std::string data;
  bool json = false;
  bool quiet = false;
};

// --data DIR, required.
void add_data_option(CLI::App& verb, CommonOptions& options);
void add_json_option(CLI::App& verb, CommonOptions& options);
void add_quiet_option(CLI::App& verb, CommonOptions& options);

// The installation there, or a new one where there is nothing.
Result<DataDirectory> find_or_create(const std::filesystem::path& directory);

}  // namespace civiclog
