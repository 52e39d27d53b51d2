#include <memory>

#include <fmt/format.h>

#include "projections/all_projections.h"
#include "projections/compare.h"
#include "replay-tools/data_reader.h"
#include "replay-tools/printing.h"
#include "replay-tools/progress.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

void print_as_json(const std::vector<ComparedView>& compared, bool equal) {
  boost::json::array list;
  for (const ComparedView& view : compared) {
    boost::json::object row{{"projection", json_text(view.projection)}, {"version", view.version}, {"position", view.position.value},
                            {"rows", view.rows}, {"history", view.history}, {"difference", nullptr}, {"skipped", nullptr}};
    if (view.difference) {
      row["difference"] = boost::json::object{{"key", view.difference->key_hex}, {"meaning", json_text(view.difference->meaning)}};
    }
    if (!view.skipped.empty()) row["skipped"] = json_text(view.skipped);
    list.push_back(std::move(row));
  }
  print_json({{"equal", equal}, {"views", std::move(list)}});
}

void print_as_text(const std::vector<ComparedView>& compared) {
  for (const ComparedView& view : compared) {
    if (!view.skipped.empty()) {
      fmt::print("{:<14} not compared: {}\n", view.projection, printable(view.skipped));
    } else if (view.difference) {
      fmt::print("{:<14} DIFFERS at key {}\n{:<14} {}\n", view.projection, view.difference->key_hex, "",
                 printable(view.difference->meaning));
    } else {
      fmt::print("{:<14} equal: {} rows and {} past rows up to position {}\n", view.projection, grouped(view.rows),
                 grouped(view.history), view.position.value);
    }
  }
}

Result<ExitStatus> compare(const CommonOptions& options) {
  const Result<std::unique_ptr<DataReader>> reader = DataReader::open(options.data, {.vault = false, .views = true});
  if (!reader) return reader.error();
  const Result<std::unique_ptr<Views>>& views = (*reader)->views();
  if (!views) return views.error();
  Progress progress(options.quiet, "rebuilding beside");
  const Result<std::vector<ComparedView>> compared =
      compare_views((*reader)->log(), **views, all_projections(), (*reader)->scratch() / "compare", {},
                    catch_up_progress(progress));
  progress.clear();
  if (!compared) return compared.error();
  bool equal = true;
  for (const ComparedView& view : *compared) {
    // What was not compared is not known to be equal; with an empty log there is nothing to compare.
    equal = equal && !view.difference && (view.skipped.empty() || (*reader)->log().head().value == 0);
  }
  options.json ? print_as_json(*compared, equal) : print_as_text(*compared);
  return equal ? ExitStatus::kHolds : ExitStatus::kFailed;
}

}  // namespace

void add_compare_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("compare", "Rebuild the read models beside and compare them byte for byte");
  const auto options = std::make_shared<CommonOptions>();
  add_data_option(*verb, *options);
  add_json_option(*verb, *options);
  add_quiet_option(*verb, *options);
  verb->footer("Changes nothing: what is rebuilt is in a temporary directory and goes away. Exit status 1 when something differs or\n"
               "could not be compared; the first difference is named by its key and by what it means.\n\n"
               "Example:\n  civic-replay compare --data ./record");
  verb->callback([&chosen, options] { chosen = [options] { return compare(*options); }; });
}

}  // namespace civiclog
