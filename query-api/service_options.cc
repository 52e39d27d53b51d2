#include "query-api/service_options.h"

#include <algorithm>
#include <fstream>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/number.h"
#include "base/version.h"
#include "query-api/door/cors.h"
#include "query-api/door/http_syntax.h"
#include "query-api/reading/reading.h"

namespace civiclog {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  civicd --data ./record                          serves the installation in ./record, makes one if there is none\n"
    "  civicd --data ./record --listen 0.0.0.0:8080    on all addresses of this machine\n"
    "  civicd --config civicd.toml                     with: data = \"/var/lib/civiclog\"\n"
    "\nThen: curl http://127.0.0.1:8080/v1/head";

// Everything that can be set, by flag or in the file.
struct Setting {
  const char* key;   // In the file; the flag has "-" where this has "_".
  const char* type;  // N: a whole number in the file; with "...": one text or several; anything else: a text.
  const char* help;
};
constexpr Setting kSettings[] = {
    {"data", "DIR", "Directory of the installation; made when missing or empty"},
    {"listen", "HOST:PORT", "Where to listen; port 0 picks a free one (default 127.0.0.1:8080)"},
    {"threads", "N", "Threads that answer requests (default 8)"},
    {"log_level", "LEVEL", "debug, info, warning or error (default info)"},
    {"log_format", "FORMAT", "text or json: one object each line (default text)"},
    {"audience", "NAME", "What tokens must name as their audience (default civiclog)"},
    {"issuer", "NAME", "Whose tokens are accepted beside the installation's own; needs --jwks"},
    {"jwks", "FILE", "Public keys of that issuer, a JSON Web Key Set"},
    {"subject_rate", "N", "Writes per second of one subject (default 20; six seconds' worth at once)"},
    {"address_rate", "N", "Writes per second from one address (default 20000)"},
    {"min_free_mib", "N", "MiB that must be free on the disk to write; below it, writing pauses until there is room (default 256)"},
    {"cors_origin", "ORIGIN...", "Origins whose pages may use this service from a browser, such as https://app.example"},
    {"trusted_proxy", "ADDRESS...", "Addresses of reverse proxies: the last X-Forwarded-For address counts as the client's"},
};
constexpr std::string_view kNumber = "N";
constexpr uint64_t kMaxMinFreeMib = 1u << 30;

bool is_list(const Setting& setting) { return std::string_view(setting.type).ends_with("..."); }

// As given, by key, not yet understood.
using Given = std::map<std::string, std::string, std::less<>>;

// What was given is repeated in it, line breaks and all.
Error on_one_line(Error error) {
  error.message = one_line(error.message);
  return error;
}

std::optional<std::string_view> value_of(const Given& given, std::string_view key) {
  const auto found = given.find(key);
  return found == given.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::string at_line(const std::string& file, const toml::source_region& source) {
  return fmt::format("{}:{}", file, source.begin.line);
}

Result<std::string> text_of(const toml::node& node, const std::string& where, std::string_view key) {
  const auto text = node.value_exact<std::string>();
  if (!text) return invalid_argument(fmt::format("{}: {} is a text in quotes", where, key));
  // No flag can have one, and the operating system would take what stands before it.
  if (text->find('\0') != std::string::npos) return invalid_argument(fmt::format("{}: {} has a NUL character", where, key));
  return *text;
}

Result<std::string> number_of(const toml::node& node, const std::string& where, std::string_view key) {
  if (const auto number = node.value_exact<int64_t>()) return std::to_string(*number);
  return invalid_argument(fmt::format("{}: {} is a whole number", where, key));
}

// Joined by commas, as on the command line.
Result<std::string> list_of(const toml::node& node, const std::string& file, const std::string& where, std::string_view key) {
  if (node.is_string()) return text_of(node, where, key);
  const toml::array* array = node.as_array();
  if (array == nullptr) return invalid_argument(fmt::format("{}: {} is a text in quotes, or a list of them", where, key));
  std::string joined;
  for (const toml::node& one : *array) {
    const Result<std::string> text = text_of(one, at_line(file, one.source()), key);
    if (!text) return text.error();
    joined += (joined.empty() ? "" : ",") + *text;
  }
  return joined;
}

Result<Given> given_by_table(const toml::table& table, const std::string& file) {
  Given given;
  for (const auto& [name, node] : table) {
    const std::string key(name.str());
    const std::string where = at_line(file, name.source());
    const auto setting = std::ranges::find_if(kSettings, [&key](const Setting& one) { return one.key == key; });
    if (setting == std::end(kSettings)) {
      std::string known;
      for (const Setting& one : kSettings) known += (known.empty() ? "" : ", ") + std::string(one.key);
      return invalid_argument(fmt::format("{}: there is no setting \"{}\"; known are {}", where, key, known));
    }
    Result<std::string> value = setting->type == kNumber ? number_of(node, where, key)
                                : is_list(*setting)      ? list_of(node, file, where, key)
                                                         : text_of(node, where, key);
    if (!value) return value.error();
    given[key] = std::move(*value);
  }
  return given;
}

Result<Given> given_by_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return invalid_argument(fmt::format("cannot read the configuration file {}", file));
  std::string text(kMaxConfigBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return invalid_argument(fmt::format("cannot read the configuration file {}", file));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxConfigBytes) {
    return invalid_argument(fmt::format("the configuration file {} is larger than {} bytes", file, kMaxConfigBytes));
  }
  try {
    return given_by_table(toml::parse(text, file), file);
  } catch (const toml::parse_error& error) {
    return invalid_argument(fmt::format("{}: {}", at_line(file, error.source()), one_line(error.description())));
  }
}

Result<uint64_t> number_within(std::string_view key, std::string_view text, uint64_t max) {
  const std::optional<uint64_t> number = parse_number(text);
  if (number && *number >= 1 && *number <= max) return *number;
  return invalid_argument(fmt::format("{} is a number from 1 to {}", key, max));
}

Status set_listen(ServiceOptions& options, std::string_view text) {
  const std::optional<HostAndPort> address = parse_listen(text);
  if (!address) return invalid_argument(fmt::format("\"{}\" is no HOST:PORT; write for example 127.0.0.1:8080 or [::1]:8080", text));
  options.host = address->host;
  options.port = address->port;
  return {};
}

Status set_log_level(ServiceOptions& options, std::string_view text) {
  constexpr std::pair<std::string_view, LogLevel> kNames[] = {
      {"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo}, {"warning", LogLevel::kWarning}, {"error", LogLevel::kError}};
  for (const auto& [name, level] : kNames) {
    if (name != text) continue;
    options.log_level = level;
    return {};
  }
  return invalid_argument("the log level is debug, info, warning or error");
}

Status set_log_format(ServiceOptions& options, std::string_view text) {
  if (text != "text" && text != "json") return invalid_argument("the log format is text or json");
  options.log_format = text == "json" ? LogFormat::kJson : LogFormat::kText;
  return {};
}

std::vector<std::string_view> split_list(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    out.push_back(trim_white_space(list.substr(0, comma)));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return out;
}

Status set_cors_origins(ServiceOptions& options, std::string_view list) {
  for (const std::string_view origin : split_list(list)) {
    if (!is_origin(origin)) {
      return invalid_argument(fmt::format("\"{}\" is no origin; write it as browsers do, in lower case and without a path: "
                                          "https://app.example or http://localhost:3000", origin));
    }
    options.cors_origins.emplace_back(origin);
  }
  if (options.cors_origins.size() <= kMaxCorsOrigins) return {};
  return invalid_argument(fmt::format("at most {} origins can be listed", kMaxCorsOrigins));
}

Status set_trusted_proxies(ServiceOptions& options, std::string_view list) {
  std::vector<TrustedProxies::Address> addresses;
  for (const std::string_view text : split_list(list)) {
    const auto address = TrustedProxies::parse(text);
    if (!address) return invalid_argument(fmt::format("\"{}\" is no address of a proxy; write for example 127.0.0.1 or ::1", text));
    addresses.push_back(*address);
  }
  if (addresses.size() > kMaxTrustedProxies) return invalid_argument(fmt::format("at most {} proxies can be trusted", kMaxTrustedProxies));
  options.gate.proxies = TrustedProxies(std::move(addresses));
  return {};
}

constexpr uint64_t kBurstSeconds = 6;

Status set_rate(RateLimitOptions& limit, std::string_view key, std::string_view text) {
  const Result<uint64_t> rate = number_within(key, text, kMaxBurst);
  if (!rate) return rate.error();
  limit.burst = static_cast<uint32_t>(std::min<uint64_t>(*rate * kBurstSeconds, kMaxBurst));
  limit.interval = std::chrono::nanoseconds(1'000'000'000 / *rate);
  return {};
}

Status set_tokens(ServiceOptions& options, const Given& given) {
  if (const auto audience = value_of(given, "audience")) options.gate.audience = *audience;
  if (const auto issuer = value_of(given, "issuer")) options.gate.issuer = *issuer;
  if (const auto jwks = value_of(given, "jwks")) options.jwks = *jwks;
  if (options.gate.audience.empty()) return invalid_argument("the audience must not be empty");
  if (options.gate.issuer.empty() != options.jwks.empty()) {
    return invalid_argument("issuer and jwks go together: whose tokens are accepted, and the file with their public keys");
  }
  if (options.gate.issuer == kInstallationIssuer) return invalid_argument(fmt::format("{} is the installation's own name", kInstallationIssuer));
  return {};
}

Result<ServiceOptions> understand(const Given& given) {
  ServiceOptions options;
  const auto data = value_of(given, "data");
  if (!data || data->empty()) {
    return invalid_argument("name the data directory: --data DIR, or data = \"DIR\" in the configuration file");
  }
  options.data = *data;
  if (const auto threads = value_of(given, "threads")) {
    const Result<uint64_t> number = number_within("threads", *threads, kMaxDoorThreads);
    if (!number) return number.error();
    options.threads = static_cast<size_t>(*number);
  }
  if (const auto free = value_of(given, "min_free_mib")) {
    const Result<uint64_t> number = number_within("min_free_mib", *free, kMaxMinFreeMib);
    if (!number) return number.error();
    options.min_free_bytes = *number << 20;
  }
  Status status;
  if (const auto listen = value_of(given, "listen")) status = set_listen(options, *listen);
  if (const auto level = value_of(given, "log_level"); status && level) status = set_log_level(options, *level);
  if (const auto format = value_of(given, "log_format"); status && format) status = set_log_format(options, *format);
  if (const auto list = value_of(given, "cors_origin"); status && list) status = set_cors_origins(options, *list);
  if (const auto list = value_of(given, "trusted_proxy"); status && list) status = set_trusted_proxies(options, *list);
  if (const auto rate = value_of(given, "subject_rate"); status && rate) status = set_rate(options.gate.per_subject, "subject_rate", *rate);
  if (const auto rate = value_of(given, "address_rate"); status && rate) status = set_rate(options.gate.per_address, "address_rate", *rate);
  if (status) status = set_tokens(options, given);
  if (!status) return status.error();
  return options;
}

}  // namespace

std::optional<HostAndPort> parse_listen(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::optional<uint64_t> port = parse_number(text.substr(colon + 1));
  if (!port || *port > 65'535) return std::nullopt;
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  return HostAndPort{std::string(host), static_cast<uint16_t>(*port)};
}

Result<std::variant<ServiceOptions, PrintAndExit>> parse_service_options(int count, const char* const* arguments) {
  CLI::App app("civicd serves the record of a participation platform over HTTP: topics, contributions, comments, tallies, and\n"
               "the events they are computed from.", "civicd");
  std::map<std::string, std::optional<std::string>> flags;
  std::optional<std::string> config;
  for (const Setting& setting : kSettings) {
    std::string flag = setting.key;
    std::ranges::replace(flag, '_', '-');
    CLI::Option* option = app.add_option("--" + flag, flags[setting.key], setting.help)->type_name(setting.type);
    if (is_list(setting)) option->delimiter(',')->multi_option_policy(CLI::MultiOptionPolicy::Join);
  }
  app.add_option("--config", config, "TOML file with the same settings, \"_\" for \"-\"; flags win over it")->type_name("FILE");
  app.set_version_flag("--version", version_text());
  app.footer(kFooter);
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    return PrintAndExit{app.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintAndExit{std::string(version_text()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return invalid_argument(fmt::format("{}; see civicd --help", one_line(error.what())));
  }
  Given given;
  if (config) {
    Result<Given> file = given_by_file(*config);
    if (!file) return on_one_line(file.error());
    given = std::move(*file);
  }
  for (auto& [key, value] : flags) {
    if (value) given[key] = std::move(*value);
  }
  Result<ServiceOptions> options = understand(given);
  if (!options) return on_one_line(options.error());
  return std::move(*options);
}

}  // namespace civiclog
