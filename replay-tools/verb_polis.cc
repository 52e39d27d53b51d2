#include <memory>

#include <fmt/format.h>

#include "installation/installation.h"
#include "replay-tools/data_reader.h"
#include "replay-tools/export_folder.h"
#include "replay-tools/polis_export.h"
#include "replay-tools/polis_import.h"
#include "replay-tools/polis_reader.h"
#include "replay-tools/printing.h"
#include "replay-tools/progress.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

struct ImportOptions : CommonOptions {
  std::string source, slug, organisation = "imported", secrecy = "open";
};

struct ExportOptions : CommonOptions {
  std::string topic, out;
  bool overwrite = false;
};

Result<ExitStatus> import_conversation(const ImportOptions& options) {
  PolisImportOptions import{options.source, {}, options.organisation, *parse_name(options.secrecy, kMaxSecrecy)};
  if (!options.slug.empty()) import.slug = options.slug;
  // What is no good leaves no directory behind.
  if (const Result<std::string> slug = slug_of_import(import); !slug) return slug.error();
  if (!DataDirectory::find(options.data)) {
    if (const Result<polis::Reading> reading = polis::read_conversation(options.source); !reading) return reading.error();
  }
  const Result<DataDirectory> data = find_or_create(options.data);
  if (!data) return data.error();
  const Result<std::unique_ptr<Installation>> installation = Installation::open(*data);
  if (!installation) return installation.error();
  Progress progress(options.quiet, "importing");
  const Result<PolisImported> imported = import_polis(**installation, import, progress.callback());
  if (!imported) return imported.error();
  const Status caught_up = (*installation)->catch_up(catch_up_progress(progress));
  progress.clear();
  if (!caught_up) return caught_up.error();
  boost::json::array notes;
  for (const std::string& warning : imported->warnings) {
    fmt::print(stderr, "note: {}\n", one_line(warning));
    notes.push_back(json_text(warning));
  }
  if (options.json) {
    print_json({{"topic", imported->topic.text()}, {"slug", json_text(imported->slug)}, {"position", imported->position.value},
                {"written", imported->written}, {"notes", std::move(notes)}});
  } else {
    fmt::print("Imported {} as topic {}: {} events written, the log is at position {}\n", imported->slug, imported->topic.text(),
               imported->written, imported->position.value);
  }
  return ExitStatus::kHolds;
}

Result<ExitStatus> export_conversation(const ExportOptions& options) {
  if (Status possible = check_export_folder(options.out); !possible) return possible.error();
  const Result<std::unique_ptr<DataReader>> reader = DataReader::open(options.data, {.vault = true});
  if (!reader) return reader.error();
  if (!(*reader)->vault()) return (*reader)->vault().error();
  Progress progress(options.quiet);
  const Result<PolisExported> exported = export_polis((*reader)->log(), **(*reader)->vault(),
                                                      {options.topic, options.out, options.overwrite}, progress.phase_callback());
  progress.clear();
  if (!exported) return exported.error();
  if (options.json) {
    print_json({{"topic", exported->topic.text()}, {"slug", json_text(exported->slug)}, {"position", exported->position.value},
                {"statements", exported->statements}, {"votes", exported->votes}});
  } else {
    fmt::print("Exported {} as of position {} to {}: {} statements, {} votes\n", exported->slug, exported->position.value, options.out,
               exported->statements, exported->votes);
  }
  return ExitStatus::kHolds;
}

}  // namespace

void add_import_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* import = app.add_subcommand("import", "Bring history in from elsewhere");
  import->require_subcommand(1);
  import->footer("Examples:\n  civic-replay import polis ./my-conversation --data ./record\n"
                 "  civic-replay import polis --help");
  CLI::App* verb = import->add_subcommand("polis", "A conversation in the public Polis export format");
  const auto options = std::make_shared<ImportOptions>();
  verb->add_option("source", options->source, "The directory with comments.csv, votes.csv and summary.csv")->required()->type_name("DIR");
  add_data_option(*verb, *options);
  verb->add_option("--slug", options->slug, "Of the topic; the directory's name unless given")->type_name("SLUG");
  verb->add_option("--organisation", options->organisation, "Slug of the organisation it belongs to")->type_name("SLUG");
  verb->add_option("--secrecy", options->secrecy, "Of the ballot box: the source has published every vote")
      ->check(CLI::IsMember({"open", "pseudonymous", "embargoed"}));
  add_json_option(*verb, *options);
  add_quiet_option(*verb, *options);
  verb->footer("The files are checked whole before the first event is written. Importing the same files again writes nothing, and an\n"
               "interrupted import goes on where it stopped.\n\n"
               "Example:\n  civic-replay import polis ./my-conversation --data ./record --json");
  verb->callback([&chosen, options] { chosen = [options] { return import_conversation(*options); }; });
}

void add_export_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* exporting = app.add_subcommand("export", "Hand a deliberation out");
  exporting->require_subcommand(1);
  exporting->footer("Examples:\n  civic-replay export polis --topic my-conversation --data ./record ./out\n"
                    "  civic-replay export polis --help");
  CLI::App* verb = exporting->add_subcommand("polis", "As a conversation in the public Polis export format");
  const auto options = std::make_shared<ExportOptions>();
  verb->add_option("out", options->out, "The directory for the four CSV files")->required()->type_name("OUT");
  add_data_option(*verb, *options);
  verb->add_option("--topic", options->topic, "Id or slug")->required()->type_name("T");
  verb->add_flag("--overwrite", options->overwrite, "Replace files that are there");
  add_json_option(*verb, *options);
  add_quiet_option(*verb, *options);
  verb->footer("The tallies in comments.csv are the correct ones: current votes, not rows. Texts are exact; those a spreadsheet would take\n"
               "for a formula are quoted and not altered.\n\n"
               "What no event holds is left empty or out: group-id is an empty column, xid and columns the format does not name are left\n"
               "out. datetime is the timestamp in RFC 3339. The rows of summary.csv (views, groups, ...) are those of the source, not\n"
               "counted anew; without a source there is only the topic. Rows are sorted: comments by time, votes by statement, voter\n"
               "and time. See docs/polis-format.md. OUT must not be, contain or lie within a data directory.\n\n"
               "Example:\n  civic-replay export polis --topic my-conversation --data ./record ./out");
  verb->callback([&chosen, options] { chosen = [options] { return export_conversation(*options); }; });
}

}  // namespace civiclog
