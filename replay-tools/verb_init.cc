#include <memory>

#include <fmt/format.h>

#include "events/rocks_log.h"
#include "replay-tools/printing.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

Result<ExitStatus> init(const CommonOptions& options) {
  const Result<DataDirectory> made = DataDirectory::create(options.data);
  if (!made) return made.error();
  if (options.json) {
    print_json({{"log", made->log().text()}});
  } else {
    fmt::print("A new installation in {}, log {}\n", options.data, made->log().text());
  }
  return ExitStatus::kHolds;
}

Result<ExitStatus> accept_head(const CommonOptions& options) {
  const Result<DataDirectory> found = DataDirectory::find(options.data);
  if (!found) return found.error();
  const Result<Position> accepted = RocksLog::accept_present_head(found->log_path());
  if (!accepted) return accepted.error();
  if (options.json) {
    print_json({{"position", accepted->value}});
  } else {
    fmt::print("The log ends at position {} from now on. What lay behind it is given up; rebuild the read models next:\n"
               "  civic-replay rebuild --data {}\n",
               accepted->value, options.data);
  }
  return ExitStatus::kHolds;
}

}  // namespace

void add_init_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("init", "Make a new, empty installation");
  const auto options = std::make_shared<CommonOptions>();
  add_data_option(*verb, *options);
  add_json_option(*verb, *options);
  verb->footer("Example:\n  civic-replay init --data ./record");
  verb->callback([&chosen, options] { chosen = [options] { return init(*options); }; });
}

void add_accept_head_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("accept-head", "Go on with a log that has lost its end, on purpose");
  const auto options = std::make_shared<CommonOptions>();
  add_data_option(*verb, *options);
  add_json_option(*verb, *options);
  verb->footer("Opening refuses a log that ends before an acknowledged event. Restore the whole directory from a copy if there is\n"
               "one. Otherwise this declares the present end the right one; what was acknowledged after it is lost.\n\n"
               "Example:\n  civic-replay accept-head --data ./record");
  verb->callback([&chosen, options] { chosen = [options] { return accept_head(*options); }; });
}

}  // namespace civiclog
