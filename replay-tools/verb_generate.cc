#include <atomic>
#include <memory>

#include <fmt/format.h>

#include "installation/installation.h"
#include "replay-tools/command_stream.h"
#include "replay-tools/country.h"
#include "replay-tools/printing.h"
#include "replay-tools/progress.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

constexpr uint64_t kMaxGeneratedEvents = 1'000'000'000;
constexpr Timestamp kCountryBegins{1'704'067'200'000};  // 2024-01-01T00:00:00Z

struct GenerateOptions : CommonOptions {
  uint64_t events = 1'000'000;
  uint64_t seed = 1;
};

Status generate_into(Installation& installation, const GenerateOptions& options, std::atomic<int64_t>& clock, Progress& progress,
                     uint64_t& written) {
  const ReportProgress report = progress.callback();
  Country country(options.seed, options.events, kCountryBegins);
  const ReportProgress counted_here;
  CommandStream stream(installation.commands(), counted_here);
  const std::string subject = fmt::format("country {}", options.seed);
  for (uint64_t events = 0; events < options.events && !stream.failed();) {
    CountryAct act = country.next();
    clock = act.time.ms;
    events += act.events;
    stream.send({command_id_of(subject, act.key), act.issuer, std::move(act.command), {}, act.time}, act.key);
    if (report) report(events, options.events);
  }
  const Status done = stream.finish();
  written = stream.events_written();
  return done;
}

Result<ExitStatus> generate(const GenerateOptions& options) {
  const Result<DataDirectory> data = find_or_create(options.data);
  if (!data) return data.error();
  // The country's own time: words and ids are made by it too.
  const auto clock = std::make_shared<std::atomic<int64_t>>(kCountryBegins.ms);
  InstallationOptions installed;
  installed.clock = [clock] { return Timestamp{clock->load()}; };
  const Result<std::unique_ptr<Installation>> installation = Installation::open(*data, installed);
  if (!installation) return installation.error();
  Progress progress(options.quiet, "events");
  uint64_t written = 0;
  if (Status made = generate_into(**installation, options, *clock, progress, written); !made) return made.error();
  const Status caught_up = (*installation)->catch_up(catch_up_progress(progress));
  progress.clear();
  if (!caught_up) return caught_up.error();
  const Position head = (*installation)->log().head();
  if (options.json) print_json({{"position", head.value}, {"written", written}});
  else fmt::print("A generated country is in {}: {} events written, the log is at position {}\n", options.data, grouped(written), head.value);
  return ExitStatus::kHolds;
}

}  // namespace

void add_generate_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("generate", "Make up the record of a whole country, to try a machine or a tool with");
  const auto options = std::make_shared<GenerateOptions>();
  add_data_option(*verb, *options);
  verb->add_option("--events", options->events, "About how many events")->type_name("N")->check(CLI::Range(uint64_t{1}, kMaxGeneratedEvents));
  verb->add_option("--seed", options->seed, "Who does what, and when; the same seed again goes on where it was interrupted")->type_name("N");
  add_json_option(*verb, *options);
  add_quiet_option(*verb, *options);
  verb->footer("Example:\n  civic-replay generate --data ./country --events 10000000");
  verb->callback([&chosen, options] { chosen = [options] { return generate(*options); }; });
}

}  // namespace civiclog
