#include <chrono>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "access/installation_key.h"
#include "access/token_issuer.h"
#include "access/token_verifier.h"
#include "replay-tools/printing.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

constexpr int64_t kMaxHours = std::chrono::duration_cast<std::chrono::hours>(kMaxTokenLifetime).count();

struct TokenOptions : CommonOptions {
  std::string subject;
  std::string audience{kDefaultAudience};
  int64_t hours = 1;
};

Result<ExitStatus> token(const TokenOptions& options) {
  const Result<DataDirectory> data = DataDirectory::find(options.data);
  if (!data) return data.error();
  const Result<InstallationKey> key = InstallationKey::read_or_make(data->path());
  if (!key) return key.error();
  const std::optional<Uuid> participant = parse_uuid(options.subject);
  if (options.subject != kInstallationSubject && (!participant || participant->is_nil())) {
    return usage_error(fmt::format("the subject is \"{}\", or the id of a participant, a UUID", kInstallationSubject));
  }
  const Result<std::string> made =
      TokenIssuer(*key).issue(options.subject, options.audience, std::chrono::hours(options.hours), system_now());
  if (!made) return usage_error(made.error().message);
  if (options.json) {
    print_json({{"token", *made}, {"subject", json_text(options.subject)}});
  } else {
    fmt::print("{}\n", *made);
  }
  return ExitStatus::kHolds;
}

}  // namespace

void add_token_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("token", "Issue a token for writing, signed with the installation's own key");
  const auto options = std::make_shared<TokenOptions>();
  add_data_option(*verb, *options);
  verb->add_option("--subject", options->subject, "\"installation\", which only sets up, or a participant's id")->required()->type_name("SUBJECT");
  verb->add_option("--audience", options->audience, "As civicd's --audience (default civiclog)")->type_name("NAME");
  verb->add_option("--hours", options->hours, fmt::format("How long it is valid (default 1, at most {})", kMaxHours))
      ->check(CLI::Range(int64_t{1}, kMaxHours))
      ->type_name("N");
  add_json_option(*verb, *options);
  verb->footer("Whoever holds the token speaks for the subject; whoever can read installation-key.jwk in the data directory can make one for\n"
               "anybody. For many people, give civicd the keys of an identity provider instead (--issuer, --jwks).\n\n"
               "Examples:\n  civic-replay token --data ./record --subject installation\n"
               "  civic-replay token --data ./record --subject 7c8e6f9a-5c3c-4d53-9d4b-0c5f3f0f6a11 --hours 8");
  verb->callback([&chosen, options] { chosen = [options] { return token(*options); }; });
}

}  // namespace civiclog
