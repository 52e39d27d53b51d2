#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "events/rocks_log.h"
#include "projections/all_projections.h"
#include "projections/projector.h"
#include "replay-tools/printing.h"
#include "replay-tools/progress.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

struct RebuildOptions : CommonOptions {
  std::string projection;
};

// Read models can always be made anew, so what cannot be opened is dropped.
Result<std::unique_ptr<Views>> open_or_make(const DataDirectory& data) {
  Result<std::unique_ptr<Views>> views = Views::open(data.views_path(), data.log());
  constexpr std::array kBeyondUse{ErrorCode::kNotFound, ErrorCode::kCorrupt, ErrorCode::kIncompatible};
  if (views || std::ranges::find(kBeyondUse, views.error().code) == kBeyondUse.end()) return views;
  fmt::print(stderr, "The read models that are there cannot be used, so they are made from nothing.\n");
  std::error_code error;
  std::filesystem::remove_all(data.views_path(), error);
  if (error) return io_error(fmt::format("cannot remove {}: {}", data.views_path().string(), error.message()));
  if (Status made = Views::create(data.views_path(), data.log()); !made) return made.error();
  return Views::open(data.views_path(), data.log());
}

Status check_name(const RebuildOptions& options) {
  std::vector<std::string> names;
  for (const auto& projection : all_projections()) names.emplace_back(projection->name());
  if (options.projection.empty() || std::ranges::find(names, options.projection) != names.end()) return {};
  return usage_error(fmt::format("there is no read model {}; there are {}", options.projection, fmt::join(names, ", ")));
}

// Begins a build of each that was asked for, and returns those that are being built, asked for or not.
Result<std::vector<std::string>> begin_builds(Projector& projector, const Views& views, const RebuildOptions& options) {
  std::vector<std::string> names;
  for (const std::string& name : projector.names()) {
    const std::optional<GenerationRecord> active = views.active(name);
    const bool begun = active && active->checkpoint.value == 0;  // Because there was none, or it was dropped.
    if (!begun && !options.projection.empty() && options.projection != name) continue;
    if (!begun) {
      if (Status status = projector.rebuild(name); !status) return status.error();
    }
    names.push_back(name);
  }
  return names;
}

Result<ExitStatus> rebuild(const RebuildOptions& options) {
  if (Status known = check_name(options); !known) return known.error();
  const Result<DataDirectory> data = DataDirectory::find(options.data);
  if (!data) return data.error();
  RocksLogOptions log_options;
  log_options.expected_log = data->log();
  const Result<std::unique_ptr<RocksLog>> log = RocksLog::open(data->log_path(), std::move(log_options));
  if (!log) {
    if (log.error().code != ErrorCode::kUnavailable) return log.error();
    return Error{ErrorCode::kUnavailable, fmt::format("{} is in use; stop civicd before rebuilding", options.data), {}};
  }
  const Result<std::unique_ptr<Views>> views = open_or_make(*data);
  if (!views) return views.error();
  ProjectorOptions projector_options;
  projector_options.drop_what_does_not_fit = true;
  const Result<std::unique_ptr<Projector>> projector =
      Projector::create(**log, **views, all_projections(), projector_options);
  if (!projector) return projector.error();
  const Result<std::vector<std::string>> names = begin_builds(**projector, **views, options);
  if (!names) return names.error();
  Progress progress(options.quiet, "rebuilding");
  const Position goal = (*log)->head();
  const Status done = (*projector)->catch_up_to(
      goal, {}, catch_up_progress(progress));
  progress.clear();
  if (!done) return done.error();
  if (options.json) {
    boost::json::array list;
    for (const std::string& name : *names) list.push_back(json_text(name));
    print_json({{"position", goal.value}, {"rebuilt", std::move(list)}});
  } else {
    fmt::print("Rebuilt from position 1 to {} and switched: {}\n", goal.value, fmt::join(*names, ", "));
  }
  return ExitStatus::kHolds;
}

}  // namespace

void add_rebuild_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("rebuild", "Make the read models anew from the log");
  const auto options = std::make_shared<RebuildOptions>();
  add_data_option(*verb, *options);
  verb->add_option("--projection", options->projection, "Only this read model")->type_name("NAME");
  add_json_option(*verb, *options);
  add_quiet_option(*verb, *options);
  verb->footer("Each is built beside the present one and switched when it is complete. The directory must not be in use. Also the way\n"
               "out when the read models are damaged, or ahead of a log that was restored from an older copy.\n\n"
               "Example:\n  civic-replay rebuild --data ./record");
  verb->callback([&chosen, options] { chosen = [options] { return rebuild(*options); }; });
}

}  // namespace civiclog
