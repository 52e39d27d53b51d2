// Starts civicd with any configuration file and any flags, as far as understanding them: the text of the file, a line "%%", and the flags,
// one per line.
//
// A refusal is one sentence; what is accepted is within its limits, and means the same when it is said by flags alone.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "query-api/door/cors.h"
#include "query-api/service_options.h"
#include "tests/support/scratch_directory.h"

namespace {

using namespace civiclog;

constexpr std::string_view kDivider = "%%\n";
constexpr size_t kMaxFlags = 64;
constexpr size_t kMaxSentence = 4'000;

using Parsed = Result<std::variant<ServiceOptions, PrintAndExit>>;

Parsed parse(const std::vector<std::string>& flags) {
  std::vector<const char*> arguments = {"civicd"};
  for (const std::string& flag : flags) arguments.push_back(flag.c_str());
  return parse_service_options(static_cast<int>(arguments.size()), arguments.data());
}

void check_refusal(const Error& error) {
  CHECK(error.code == ErrorCode::kInvalidArgument);
  CHECK(!error.message.empty() && error.message.size() <= kMaxSentence);
  CHECK(std::ranges::none_of(error.message, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
}

bool is_sound(const RateLimitOptions& rate) {
  return rate.burst >= 1 && rate.burst <= kMaxBurst && rate.interval >= kMinRateInterval && rate.interval <= std::chrono::seconds(1);
}

void check_limits(const ServiceOptions& options) {
  CHECK(!options.data.empty() && !options.host.empty());
  CHECK(options.threads >= 1 && options.threads <= kMaxDoorThreads);
  CHECK(options.cors_origins.size() <= kMaxCorsOrigins && std::ranges::all_of(options.cors_origins, is_origin));
  CHECK(is_sound(options.gate.per_subject) && is_sound(options.gate.per_address));
  CHECK(!options.gate.audience.empty() && options.gate.issuer.empty() == options.jwks.empty());
  CHECK(options.gate.issuer != kInstallationIssuer);
}

std::vector<std::string> flags_for(const ServiceOptions& options) {
  constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};
  const bool bare = options.host.find(':') == std::string::npos;
  std::vector<std::string> flags = {"--data=" + options.data.string(),
                                    "--listen=" + (bare ? options.host : "[" + options.host + "]") + ":" + std::to_string(options.port),
                                    "--threads=" + std::to_string(options.threads),
                                    std::string("--log-level=") + kLevels[static_cast<size_t>(options.log_level)],
                                    std::string("--log-format=") + (options.log_format == LogFormat::kJson ? "json" : "text"),
                                    "--audience=" + options.gate.audience};
  if (!options.jwks.empty()) flags.insert(flags.end(), {"--issuer=" + options.gate.issuer, "--jwks=" + options.jwks.string()});
  for (const std::string& origin : options.cors_origins) flags.push_back("--cors-origin=" + origin);
  return flags;
}

void check_said_by_flags(const ServiceOptions& options) {
  const std::vector<std::string> flags = flags_for(options);
  // As a flag it would end there.
  CHECK(std::ranges::none_of(flags, [](const std::string& flag) { return flag.find('\0') != std::string::npos; }));
  const Parsed again = parse(flags);
  CHECK(again && std::holds_alternative<ServiceOptions>(*again));
  const auto& same = std::get<ServiceOptions>(*again);
  CHECK(same.data == options.data && same.host == options.host && same.port == options.port && same.threads == options.threads);
  CHECK(same.log_level == options.log_level && same.log_format == options.log_format && same.cors_origins == options.cors_origins);
  CHECK(same.gate.audience == options.gate.audience && same.gate.issuer == options.gate.issuer && same.jwks == options.jwks);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ScratchDirectory scratch;
  static const std::string config = (scratch.path() / "civicd.toml").string();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t divider = std::min(bytes.find(kDivider), bytes.size());
  std::ofstream(config, std::ios::binary | std::ios::trunc) << bytes.substr(0, divider);
  std::vector<std::string> flags;
  if (divider > 0) flags.push_back("--config=" + config);
  std::string_view rest = bytes.substr(std::min(divider + kDivider.size(), bytes.size()));
  while (!rest.empty() && flags.size() < kMaxFlags) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    flags.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const Parsed parsed = parse(flags);
  if (!parsed) {
    check_refusal(parsed.error());
  } else if (const auto* options = std::get_if<ServiceOptions>(&*parsed)) {
    check_limits(*options);
    check_said_by_flags(*options);
  } else {
    CHECK(!std::get<PrintAndExit>(*parsed).text.empty());
  }
  return 0;
}
