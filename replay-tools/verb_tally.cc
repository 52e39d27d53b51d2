#include <memory>

#include <fmt/format.h>

#include "base/time.h"
#include "replay-tools/arguments.h"
#include "replay-tools/csv.h"
#include "replay-tools/data_reader.h"
#include "replay-tools/printing.h"
#include "replay-tools/progress.h"
#include "replay-tools/verb_options.h"
#include "reports/recount.h"

namespace civiclog {
namespace {

struct TallyOptions : FormatOptions {
  std::string topic;
  std::string as_of;
};

void print_csv(const Recount& counted) {
  CsvWriter csv;
  for (const char* column : {"source_id", "agree", "disagree", "pass"}) csv.text(column);
  csv.end_record();
  for (const RecountedContribution& row : counted.contributions) {
    csv.text(row.source_id).number(row.agree).number(row.disagree).number(row.pass);
    csv.end_record();
  }
  fmt::print("{}", csv.bytes());
}

void print_as_json(const Recount& counted) {
  boost::json::array rows;
  for (const RecountedContribution& row : counted.contributions) {
    rows.push_back({{"id", row.id.text()}, {"source_id", row.source_id.empty() ? boost::json::value() : json_text(row.source_id)},
                    {"kind", std::string(name_of(row.kind))}, {"status", std::string(name_of(row.status))},
                    {"tally", {{"agree", row.agree}, {"disagree", row.disagree}, {"pass", row.pass}}}});
  }
  print_json({{"topic", counted.topic.text()}, {"slug", json_text(counted.slug)}, {"position", counted.position.value},
              {"recorded_at", to_rfc3339(counted.recorded_at)}, {"voters", counted.voters}, {"votes", counted.votes},
              {"contributions", std::move(rows)}});
}

void print_table(const Recount& counted) {
  fmt::print("{} as of position {} ({}): {} votes by {} voters\n\n", printable(counted.slug), counted.position.value,
             to_rfc3339(counted.recorded_at), grouped(counted.votes), grouped(counted.voters));
  fmt::print("{:<36} {:>9} {:>7} {:>9} {:>7}  {:<9} {}\n", "contribution", "source_id", "agree", "disagree", "pass", "kind", "status");
  for (const RecountedContribution& row : counted.contributions) {
    fmt::print("{:<36} {:>9} {:>7} {:>9} {:>7}  {:<9} {}\n", row.id.text(), printable(row.source_id), row.agree, row.disagree,
               row.pass, name_of(row.kind), name_of(row.status));
  }
}

Result<ExitStatus> tally(const TallyOptions& options) {
  const Result<TopicName> name = parse_topic(options.topic);
  if (!name) return name.error();
  const Result<std::unique_ptr<DataReader>> reader = DataReader::open(options.data);
  if (!reader) return reader.error();
  const RocksLog& log = (*reader)->log();
  const Result<TopicId> topic = find_topic(log, *name);
  if (!topic) return topic.error();
  Position up_to = log.head();
  if (!options.as_of.empty()) {
    const Result<Point> point = parse_point(options.as_of, "--as-of");
    if (!point) return point.error();
    const Result<Position> resolved = resolve(log, *point, system_now());
    if (!resolved) return resolved.error();
    up_to = *resolved;
  }
  Progress progress(options.quiet, "counting");
  const Result<Recount> counted = recount(log, *topic, up_to, progress.callback());
  progress.clear();
  if (!counted) return counted.error().code == ErrorCode::kNotFound ? no_such_topic(*name, up_to) : counted.error();
  if (options.format == "csv") print_csv(*counted);
  if (options.format == "json") print_as_json(*counted);
  if (options.format == "table") print_table(*counted);
  return ExitStatus::kHolds;
}

}  // namespace

void add_tally_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("tally", "Count the votes on a topic, from the log alone");
  const auto options = std::make_shared<TallyOptions>();
  add_data_option(*verb, *options);
  verb->add_option("--topic", options->topic, "Id or slug")->required()->type_name("T");
  verb->add_option("--as-of", options->as_of, "As it was then: a position, or a time such as 2026-03-09T12:00:00Z")
      ->type_name("POSITION|TIME");
  add_format_options(*verb, *options, "table, csv or json", {"table", "csv", "json"});
  add_quiet_option(*verb, *options);
  verb->footer("Reads every event up to the position and adds up what people chose; the read models have no part in it. Every\n"
               "contribution is listed, also those without votes.\n\n"
               "Examples:\n  civic-replay tally --data ./record --topic tram\n"
               "  civic-replay tally --data ./record --topic tram --as-of 1200 --format csv");
  verb->callback([&chosen, options] {
    chosen = [options]() -> Result<ExitStatus> {
      if (Status settled = settle_format(*options, "table"); !settled) return settled.error();
      return tally(*options);
    };
  });
}

}  // namespace civiclog
