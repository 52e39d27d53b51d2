#pragma once

#include <functional>

#include "base/result.h"

namespace CLI {
class App;
}

// The verbs of civic-replay. Each adds itself to the command line, with its options and its help, and is run afterwards.

namespace civiclog {

// The tool's contract with scripts.
enum class ExitStatus {
  kHolds = 0,
  kFailed = 1,
  kUsage = 2,
  kTampered = 3,  // Evidence of tampering or of a fork, and nothing else.
};

// An error means kFailed; with the rule kUsageRule it means kUsage.
using RunVerb = std::function<Result<ExitStatus>()>;
inline constexpr const char* kUsageRule = "usage";
inline Error usage_error(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message), kUsageRule}; }

// `chosen` is set while the command line is parsed, by the verb that was named, and must outlive the parsing only.
void add_init_verb(CLI::App& app, RunVerb& chosen);
void add_verify_verb(CLI::App& app, RunVerb& chosen);
void add_rebuild_verb(CLI::App& app, RunVerb& chosen);
void add_compare_verb(CLI::App& app, RunVerb& chosen);
void add_tally_verb(CLI::App& app, RunVerb& chosen);
void add_log_verb(CLI::App& app, RunVerb& chosen);
void add_show_verb(CLI::App& app, RunVerb& chosen);
void add_import_verb(CLI::App& app, RunVerb& chosen);
void add_export_verb(CLI::App& app, RunVerb& chosen);
void add_accept_head_verb(CLI::App& app, RunVerb& chosen);
void add_token_verb(CLI::App& app, RunVerb& chosen);
void add_example_verb(CLI::App& app, RunVerb& chosen);
void add_generate_verb(CLI::App& app, RunVerb& chosen);

}  // namespace civiclog
