#include "replay-tools/verb_options.h"

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

Result<DataDirectory> find_or_create(const std::filesystem::path& directory) {
  Result<DataDirectory> found = DataDirectory::find(directory);
  if (found || found.error().code != ErrorCode::kNotFound) return found;
  return DataDirectory::create(directory);
}

}  // namespace civiclog
