#include <memory>

#include <fmt/format.h>

#include "installation/head_acceptance.h"
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
  const Result<AcceptedHead> accepted = accept_present_head(*found);
  if (!accepted) return accepted.error();
  const boost::json::value acknowledged = accepted->acknowledged ? boost::json::value(accepted->acknowledged->value) : nullptr;
  if (options.json) {
    print_json({{"position", accepted->head.value}, {"acknowledged", acknowledged}});
  } else if (accepted->gave_up_nothing()) {
    fmt::print("The log ends at position {}, where it should; nothing was given up.\n", accepted->head.value);
  } else {
    fmt::print("The log ends at position {} from now on{}. What lay behind it is given up; rebuild the read models next:\n"
               "  civic-replay rebuild --data {}\n", accepted->head.value,
               accepted->acknowledged ? fmt::format(", events up to {} had been acknowledged", accepted->acknowledged->value) : "",
               options.data);
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
