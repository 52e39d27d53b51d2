#include "query-api/service_options.h"

#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/version.h"
#include "query-api/reading.h"

namespace civiclog {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  civicd --data ./record                          serves the installation in ./record, makes one if there is none\n"
    "  civicd --data ./record --listen 0.0.0.0:8080    on all addresses of this machine\n"
    "  civicd --config civicd.toml                     with: data = \"/var/lib/civiclog\"\n"
    "\nThen: curl http://127.0.0.1:8080/v1/head";

// As given, not yet understood.
struct Given {
  std::optional<std::string> data;
  std::optional<std::string> listen;
  std::optional<std::string> threads;
  std::optional<std::string> log_level;
};

std::string at_line(const std::string& file, const toml::source_region& source) {
  return fmt::format("{}:{}", file, source.begin.line);
}

Result<std::string> text_of(const toml::node& node, const std::string& where, std::string_view key) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  return invalid_argument(fmt::format("{}: {} is a text in quotes", where, key));
}

Result<std::string> number_of(const toml::node& node, const std::string& where, std::string_view key) {
  if (const auto number = node.value_exact<int64_t>()) return std::to_string(*number);
  return invalid_argument(fmt::format("{}: {} is a whole number", where, key));
}

Result<Given> given_by_table(const toml::table& table, const std::string& file) {
  Given given;
  for (const auto& [name, node] : table) {
    const std::string key(name.str());
    const std::string where = at_line(file, name.source());
    std::optional<std::string>* const place = key == "data"        ? &given.data
                                              : key == "listen"    ? &given.listen
                                              : key == "threads"   ? &given.threads
                                              : key == "log_level" ? &given.log_level
                                                                   : nullptr;
    if (place == nullptr) {
      return invalid_argument(fmt::format("{}: there is no setting \"{}\"; known are data, listen, threads, log_level", where, key));
    }
    Result<std::string> value = key == "threads" ? number_of(node, where, key) : text_of(node, where, key);
    if (!value) return value.error();
    *place = std::move(*value);
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

Result<ServiceOptions> understand(const Given& given) {
  ServiceOptions options;
  if (!given.data || given.data->empty()) {
    return invalid_argument("name the data directory: --data DIR, or data = \"DIR\" in the configuration file");
  }
  options.data = *given.data;
  if (given.listen) {
    const std::optional<HostAndPort> address = parse_listen(*given.listen);
    if (!address) {
      return invalid_argument(fmt::format("\"{}\" is no HOST:PORT; write for example 127.0.0.1:8080 or [::1]:8080", *given.listen));
    }
    options.host = address->host;
    options.port = address->port;
  }
  if (given.threads) {
    const std::optional<uint64_t> threads = parse_number(*given.threads);
    if (!threads || *threads < 1 || *threads > kMaxDoorThreads) {
      return invalid_argument(fmt::format("threads is a number from 1 to {}", kMaxDoorThreads));
    }
    options.threads = static_cast<size_t>(*threads);
  }
  if (given.log_level) {
    constexpr std::pair<std::string_view, LogLevel> kNames[] = {
        {"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo}, {"warning", LogLevel::kWarning}, {"error", LogLevel::kError}};
    bool found = false;
    for (const auto& [name, level] : kNames) {
      if (name != *given.log_level) continue;
      options.log_level = level;
      found = true;
    }
    if (!found) return invalid_argument("the log level is debug, info, warning or error");
  }
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
  Given flags;
  std::optional<std::string> config;
  app.add_option("--data", flags.data, "Directory of the installation; made when missing or empty")->type_name("DIR");
  app.add_option("--listen", flags.listen, "Where to listen; port 0 picks a free one (default 127.0.0.1:8080)")->type_name("HOST:PORT");
  app.add_option("--threads", flags.threads, "Threads that answer requests (default 8)")->type_name("N");
  app.add_option("--config", config, "TOML file with data, listen, threads, log_level; flags win over it")->type_name("FILE");
  app.add_option("--log-level", flags.log_level, "debug, info, warning or error (default info)")->type_name("LEVEL");
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
    if (!file) return file.error();
    given = std::move(*file);
  }
  if (flags.data) given.data = flags.data;
  if (flags.listen) given.listen = flags.listen;
  if (flags.threads) given.threads = flags.threads;
  if (flags.log_level) given.log_level = flags.log_level;
  Result<ServiceOptions> options = understand(given);
  if (!options) return options.error();
  return std::move(*options);
}

}  // namespace civiclog
