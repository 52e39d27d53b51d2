#include <atomic>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "access/installation_key.h"
#include "base/standard_descriptors.h"
#include "query-api/api.h"
#include "query-api/door/door.h"
#include "query-api/service_log.h"
#include "query-api/service_options.h"

// The service. Exit status: 0 stopped by SIGTERM or SIGINT, 1 the data or the address cannot be used, 2 usage.

namespace civiclog {
namespace {

constexpr std::chrono::milliseconds kDrainTime{10'000};

int refuse(const Error& usage) {
  fmt::print(stderr, "civicd: {}\n", one_line(usage.message));
  return 2;
}

int fail(const Error& error) {
  log_error(error.message);
  return 1;
}

// Blocked in this thread and in all it starts, so that wait_for_signal() alone takes them.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<DataDirectory> find_or_create(const std::filesystem::path& path) {
  Result<DataDirectory> found = DataDirectory::find(path);
  if (found || found.error().code != ErrorCode::kNotFound) return found;
  Result<DataDirectory> made = DataDirectory::create(path);
  if (made) log_info(fmt::format("there was no data in {}, so a new installation was made", path.string()));
  return made;
}

// The installation's own key, made at the first start, and those of the issuer of people's tokens.
Result<KeySet> accepted_keys(const ServiceOptions& options) {
  const Result<InstallationKey> own = InstallationKey::read_or_make(options.data);
  if (!own) return own.error();
  Result<KeySet> keys = options.jwks.empty() ? KeySet() : KeySet::read(options.jwks);
  if (!keys) return keys;
  if (Status added = keys->add_installation_key(own->id(), own->public_key()); !added) return added.error();
  return keys;
}

int serve(const ServiceOptions& options) {
  const sigset_t signals = block_signals();
  Result<DataDirectory> directory = find_or_create(options.data);
  if (!directory) return fail(directory.error());
  InstallationOptions installation_options;
  installation_options.on_error = [](const Error& error) { log_error(error.message); };
  installation_options.min_free_bytes = options.min_free_bytes;
  installation_options.on_free_space = [least = options.min_free_bytes](bool is_low, uint64_t bytes) {
    if (is_low) log_error(fmt::format("disk_low: {} bytes free, less than {}: no acts are taken until there is room", bytes, least));
    else log_info(fmt::format("{} bytes free on the disk again: acts are taken", bytes));
  };
  Result<std::unique_ptr<Installation>> installation = Installation::open(*directory, std::move(installation_options));
  if (!installation) return fail(installation.error());
  (*installation)->start_following();

  Result<KeySet> keys = accepted_keys(options);
  if (!keys) return fail(keys.error());
  Gate gate(options.gate, std::move(*keys), (*installation)->vault().index_key(), system_now);
  ReadSideOptions side;
  side.log = [](std::string_view sentence) { log_error(sentence); };
  // Set once the door stands; until then nobody can ask.
  std::atomic<const Door*> open_door{nullptr};
  ApiOptions api_options;
  api_options.cors = CorsPolicy(options.cors_origins);
  api_options.open_connections = [&open_door] {
    const Door* door = open_door;
    return door == nullptr ? size_t{0} : door->open_connections();
  };
  Api api(**installation, std::move(side), &gate, std::move(api_options));
  DoorOptions door_options;
  door_options.host = options.host;
  door_options.port = options.port;
  door_options.threads = options.threads;
  door_options.log = [](std::string_view sentence) { log_warning(sentence); };
  Result<std::unique_ptr<Door>> door =
      Door::start(std::move(door_options), [&api](const HttpRequest& request) { return api.handle(request); });
  if (!door) return fail(door.error());
  open_door = door->get();

  log_info(fmt::format("serving {} events of log {}", (*installation)->log().head().value, directory->log().text()));
  fmt::print("civicd listening on http://{}\n", (*door)->authority());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  log_info(fmt::format("stopping on {}", signal == SIGTERM ? "SIGTERM" : "SIGINT"));
  api.begin_stop();
  (*door)->drain_and_stop(kDrainTime);
  door->reset();
  (*installation)->stop_following();
  installation->reset();
  log_info("stopped");
  return 0;
}

int run(int count, const char* const* arguments) {
  const auto parsed = parse_service_options(count, arguments);
  if (!parsed) return refuse(parsed.error());
  if (const auto* print = std::get_if<PrintAndExit>(&*parsed)) {
    fmt::print("{}", print->text);
    return 0;
  }
  const auto& options = std::get<ServiceOptions>(*parsed);
  start_logging(options.log_level, options.log_format);
  return serve(options);
}

}  // namespace
}  // namespace civiclog

int main(int count, char** arguments) {
  civiclog::take_standard_descriptors();
  return civiclog::run(count, arguments);
}
