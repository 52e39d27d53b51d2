#include "replay-tools/verb_options.h"

#include <fmt/format.h>

namespace civiclog {

void add_data_option(CLI::App& verb, CommonOptions& options) {
  verb.add_option("--data", options.data, "The data directory")->required()->type_name("DIR");
}

void add_json_option(CLI::App& verb, CommonOptions& options) {
  verb.add_flag("--json", options.json, "Print JSON for programs");
}

void add_quiet_option(CLI::App& verb, CommonOptions& options) {
  verb.add_flag("--quiet", options.quiet, "Show no progress");
}

void add_format_options(CLI::App& verb, FormatOptions& options, const std::string& description,
                        const std::vector<std::string>& formats) {
  verb.add_option("--format", options.format, description)->check(CLI::IsMember(formats));
  verb.add_flag("--json", options.json, "The same as --format json");
}

Status settle_format(FormatOptions& options, const char* usual) {
  if (options.json && !options.format.empty() && options.format != "json") {
    return usage_error(fmt::format("--format {} and --json ask for two formats; give one of them", options.format));
  }
  if (options.json) options.format = "json";
  if (options.format.empty()) options.format = usual;
  return {};
}

Result<DataDirectory> find_or_create(const std::filesystem::path& directory) {
  Result<DataDirectory> found = DataDirectory::find(directory);
  if (found || found.error().code != ErrorCode::kNotFound) return found;
  return DataDirectory::create(directory);
}

}  // namespace civiclog
