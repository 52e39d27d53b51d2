#include <memory>

#include <fmt/format.h>

#include "installation/installation.h"
#include "replay-tools/arguments.h"
#include "replay-tools/example.h"
#include "replay-tools/printing.h"
#include "replay-tools/progress.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

struct ExampleVerbOptions : CommonOptions {
  uint64_t seed = 1;
  size_t participants = 120;
  std::string ends_at;
};

Result<ExitStatus> example(const ExampleVerbOptions& options) {
  ExampleOptions made_of{options.seed, options.participants, system_now()};
  if (!options.ends_at.empty()) {
    const Result<Timestamp> time = parse_time(options.ends_at, "--ends-at");
    if (!time) return time.error();
    if (*time < kEarliestExampleEnd) {
      return usage_error(fmt::format("--ends-at {}: the story begins six weeks earlier, and times before 1970 are not kept; give one "
                                     "from {} on", options.ends_at, to_rfc3339(kEarliestExampleEnd)));
    }
    made_of.ends_at = *time;
  }
  const Result<DataDirectory> data = find_or_create(options.data);
  if (!data) return data.error();
  const Result<std::unique_ptr<Installation>> installation = Installation::open(*data);
  if (!installation) return installation.error();
  Progress progress(options.quiet, "example");
  const Result<ExampleMade> made = make_example(**installation, made_of, progress.callback());
  if (!made) return made.error();
  const Status caught_up = (*installation)->catch_up(catch_up_progress(progress));
  progress.clear();
  if (!caught_up) return caught_up.error();
  if (options.json) {
    print_json({{"position", made->position.value}, {"written", made->written}});
  } else {
    fmt::print("The example deliberation is in {}: {} events written, the log is at position {}\n", options.data, made->written,
               made->position.value);
  }
  return ExitStatus::kHolds;
}

}  // namespace

void add_example_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("example", "Make an example deliberation to look around in");
  const auto options = std::make_shared<ExampleVerbOptions>();
  add_data_option(*verb, *options);
  verb->add_option("--seed", options->seed, "Who votes how and when")->type_name("N");
  verb->add_option("--participants", options->participants, "How many people take part")->type_name("N");
  verb->add_option("--ends-at", options->ends_at, "When the six weeks of the story end; now unless given")->type_name("TIME");
  add_json_option(*verb, *options);
  add_quiet_option(*verb, *options);
  verb->footer("Example:\n  civic-replay example --data ./record --seed 7");
  verb->callback([&chosen, options] { chosen = [options] { return example(*options); }; });
}

}  // namespace civiclog
