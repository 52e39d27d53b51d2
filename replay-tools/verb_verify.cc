#include <memory>

#include <fmt/format.h>

#include "replay-tools/printing.h"
#include "replay-tools/progress.h"
#include "replay-tools/verb_options.h"
#include "replay-tools/verify_record.h"
#include "reports/verification.h"

namespace civiclog {
namespace {

void print_as_json(const Verification& found) {
  boost::json::array findings, notes, views;
  for (const Finding& finding : found.findings.listed()) {
    findings.push_back(boost::json::object{{"kind", name_of(finding.kind)}, {"position", finding.position.value},
                        {"subject", json_text(finding.subject)}, {"sentence", json_text(finding.sentence)}});
  }
  for (const std::string& note : found.findings.notes()) notes.push_back(json_text(note));
  for (const CheckedView& view : found.views) {
    views.push_back(boost::json::object{{"projection", json_text(view.projection)}, {"version", view.version},
                                         {"state", name_of(view.state)}, {"position", view.checkpoint.value},
                                         {"rows", view.rows}, {"history", view.history}});
  }
  print_json({{"verdict", name_of(found.verdict())}, {"log", found.log.text()}, {"head", found.head.value},
              {"events", found.events}, {"commits", found.commits}, {"streams", found.streams},
              {"words", {{"mentioned", found.words.mentioned}, {"opened", found.words.opened}, {"erased", found.words.erased},
                         {"in_vault", found.words.in_vault}}},
              {"findings", std::move(findings)}, {"damage", found.findings.damage()}, {"tampering", found.findings.tampering()}, {"notes", std::move(notes)},
              {"views", std::move(views)}});
}

void print_as_text(const Verification& found) {
  for (const Finding& finding : found.findings.listed()) {
    fmt::print("{}: {} {}\n", name_of(finding.kind), printable(finding.subject), printable(finding.sentence));
  }
  if (found.findings.total() > found.findings.listed().size()) {
    fmt::print("… and {} more\n", grouped(found.findings.total() - found.findings.listed().size()));
  }
  for (const std::string& note : found.findings.notes()) fmt::print("note: {}\n", printable(note));
  fmt::print("{} events in {} commits and {} streams, head {}\n", grouped(found.events), grouped(found.commits),
             grouped(found.streams), found.head.value);
  fmt::print("{} words: {} as they were committed to, {} erased\n", grouped(found.words.mentioned), grouped(found.words.opened),
             grouped(found.words.erased));
  for (const CheckedView& view : found.views) {
    fmt::print("{} {}, at position {}: {} rows and {} past rows\n", view.projection, name_of(view.state), view.checkpoint.value,
               grouped(view.rows), grouped(view.history));
  }
  switch (found.verdict()) {
    case Verdict::kHolds: fmt::print("It holds: log, words and read models agree.\n"); break;
    case Verdict::kFailed: fmt::print("It does not hold: {} findings of damage.\n", found.findings.damage()); break;
    case Verdict::kTampered:
      fmt::print("Evidence of tampering: {} findings that no failure of a machine makes.\n", found.findings.tampering());
      break;
  }
}

ExitStatus tell(const Verification& found, const CommonOptions& options) {
  options.json ? print_as_json(found) : print_as_text(found);
  switch (found.verdict()) {
    case Verdict::kHolds: return ExitStatus::kHolds;
    case Verdict::kFailed: break;
    case Verdict::kTampered: return ExitStatus::kTampered;
  }
  return ExitStatus::kFailed;
}

Result<ExitStatus> verify(const CommonOptions& options) {
  const Result<DataDirectory> data = DataDirectory::find(options.data);
  if (!data) return data.error();
  Progress progress(options.quiet);
  const Result<Verification> found = verify_record(*data, [&progress](std::string_view phase, uint64_t done, uint64_t total) {
    progress.phase(phase);
    progress.report(done, total);
  });
  progress.clear();
  if (!found) return found.error();
  return tell(*found, options);
}

}  // namespace

void add_verify_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("verify", "Check the whole record: log, words, keys and read models");
  const auto options = std::make_shared<CommonOptions>();
  add_data_option(*verb, *options);
  add_json_option(*verb, *options);
  add_quiet_option(*verb, *options);
  verb->footer("Checks every event (checksum, place, commit, time, content), every index, every word against its commitment, and\n"
               "every read model's checkpoint. Changes nothing. Exit status 3 means that bytes with a right checksum contradict\n"
               "one another: no failure of a machine makes these.\n\n"
               "Example:\n  civic-replay verify --data ./record --json");
  verb->callback([&chosen, options] { chosen = [options] { return verify(*options); }; });
}

}  // namespace civiclog
