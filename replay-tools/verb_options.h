#pragma once

#include <filesystem>
#include <string>
#include <vector>

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

// The choice between several formats, one of them json.
struct FormatOptions : CommonOptions {
  std::string format;  // Empty: as usual.
};
// --format and, as a short form, --json.
void add_format_options(CLI::App& verb, FormatOptions& options, const std::string& description,
                        const std::vector<std::string>& formats);
// Fills `format` in. A usage error when --format and --json ask for different ones.
Status settle_format(FormatOptions& options, const char* usual);

// The installation there, or a new one where there is nothing.
Result<DataDirectory> find_or_create(const std::filesystem::path& directory);

}  // namespace civiclog
