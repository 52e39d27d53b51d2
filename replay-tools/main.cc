#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/standard_descriptors.h"
#include "base/version.h"
#include "replay-tools/interruption.h"
#include "replay-tools/printing.h"
#include "replay-tools/usage.h"
#include "replay-tools/verbs.h"

// civic-replay. Exit status: 0 holds, 1 failed, 2 usage, 3 evidence of tampering.

namespace civiclog {
namespace {

constexpr const char* kAbout =
    "civic-replay reads the record of a participation platform, counts it again and checks that it is whole.\n"
    "It reads a stopped data directory, and one that civicd is writing. Only init, rebuild, import, example,\n"
    "generate and accept-head change anything.";

constexpr const char* kFooter =
    "Examples:\n"
    "  civic-replay tally --data ./record --topic tram              count the votes on a topic from the log alone\n"
    "  civic-replay tally --data ./record --topic tram --as-of 2026-03-09T12:00:00Z\n"
    "  civic-replay log --data ./record --topic tram --limit 20     what happened last, and who did it\n"
    "  civic-replay show 17 --data ./record                         one event in full\n"
    "  civic-replay verify --data ./record                          is the record whole?\n"
    "  civic-replay compare --data ./record                         do the read models say what the log says?\n"
    "  civic-replay import polis ./my-conversation --data ./record  replay a published Polis conversation\n"
    "\n"
    "Each verb has its own help: civic-replay tally --help\n"
    "Exit status: 0 it holds, 1 it failed, 2 wrong usage, 3 evidence of tampering.";

// Unlike fmt::print it does not throw when standard error takes no more: the exit status has to say it then.
void complain(const std::string& sentence) { std::fputs(fmt::format("civic-replay: {}\n", one_line(sentence)).c_str(), stderr); }

int fail_to_write(const std::error_code& reason) {
  // Whoever read it has seen enough, as `head` does: nothing to complain of.
  if (reason != std::errc::broken_pipe) complain("the output could not be written: " + reason.message());
  return static_cast<int>(ExitStatus::kFailed);
}

int end_with(ExitStatus status) {
  // What was still buffered may meet a full disk only now.
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return static_cast<int>(status);
  return fail_to_write(std::error_code(errno, std::generic_category()));
}

int refuse_usage(const std::string& sentence) {
  complain(sentence);
  return static_cast<int>(ExitStatus::kUsage);
}

int refuse_usage(const std::string& sentence, const CLI::App& app) {
  return refuse_usage(fmt::format("{}; see civic-replay {}--help", sentence, verb_of(app)));
}

int run(int count, const char* const* arguments) {
  CLI::App app(kAbout, "civic-replay");
  app.set_version_flag("--version", version_text());
  app.footer(kFooter);
  app.require_subcommand(1);
  RunVerb chosen;
  for (const auto add : {add_init_verb, add_verify_verb, add_rebuild_verb, add_compare_verb, add_tally_verb, add_log_verb,
                         add_show_verb, add_import_verb, add_export_verb, add_accept_head_verb, add_token_verb,
                         add_example_verb, add_generate_verb}) {
    add(app, chosen);
  }
  if (const auto empty = empty_option({arguments, static_cast<size_t>(count)})) return refuse_usage(*empty, app);
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return end_with(ExitStatus::kHolds);
  } catch (const CLI::CallForVersion&) {
    fmt::print("{}\n", version_text());
    return end_with(ExitStatus::kHolds);
  } catch (const CLI::ParseError& error) {
    if (const auto empty = empty_argument(app)) return refuse_usage(*empty, app);
    if (const auto missing = missing_verb(app)) return refuse_usage(*missing);
    return refuse_usage(error.what(), app);
  }
  if (const auto empty = empty_argument(app)) return refuse_usage(*empty, app);
  Result<ExitStatus> status = ExitStatus::kFailed;
  try {
    status = chosen();
  } catch (const std::system_error& error) {
    // What fmt says when standard output takes no more.
    return fail_to_write(error.code());
  }
  if (status) return end_with(*status);
  if (status.error().rule == kUsageRule) return refuse_usage(status.error().message, app);
  std::fflush(stdout);
  complain(status.error().message);
  return static_cast<int>(ExitStatus::kFailed);
}

}  // namespace
}  // namespace civiclog

int main(int count, char** arguments) {
  civiclog::take_standard_descriptors();
  // Answers of the system calls, rather than the end of the process: of a pipe nobody reads, and of a file at its limit.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  civiclog::watch_for_interruption();
  return civiclog::run(count, arguments);
}
