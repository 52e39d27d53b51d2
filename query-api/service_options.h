#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "query-api/door/door.h"
#include "query-api/service_log.h"
#include "query-api/writing/gate.h"
#include "storage/free_space.h"

// How civicd is started: flags, and a TOML file that says the same (docs/http-api.md). A flag wins over the file.
//
//   data = "/var/lib/civiclog"       --data
//   listen = "127.0.0.1:8080"        --listen
//   threads = 8                      --threads
//   log_level = "info"               --log-level
//   log_format = "text"              --log-format      or "json": one object each line
//   audience = "civiclog"            --audience        and issuer, jwks: whose tokens are accepted (query-api/writing/gate.h)
//   subject_rate = 20                --subject-rate    and address_rate: writes per second
//   min_free_mib = 256               --min-free-mib    below it, writing pauses (storage/free_space.h)
//   cors_origin = ["https://a.example"]   --cors-origin     lists: of texts in the file; as a flag, several times or
//   trusted_proxy = ["127.0.0.1"]         --trusted-proxy   with commas between

namespace civiclog {

struct ServiceOptions {
  std::filesystem::path data;
  std::string host = "127.0.0.1";
  uint16_t port = 8080;  // 0 picks a free one.
  size_t threads = 8;    // 1 to kMaxDoorThreads.
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
  uint64_t min_free_bytes = kMinFreeBytes;
  std::vector<std::string> cors_origins;
  GateOptions gate;
  std::filesystem::path jwks;  // Empty exactly when gate.issuer is.
};

// Text to print on standard output instead of serving: --help, --version.
struct PrintAndExit {
  std::string text;
};

inline constexpr size_t kMaxConfigBytes = 64 * 1024;

// kInvalidArgument with one sentence for whoever typed it; of the file it names the line.
Result<std::variant<ServiceOptions, PrintAndExit>> parse_service_options(int count, const char* const* arguments);

struct HostAndPort {
  std::string host;
  uint16_t port = 0;
};
// "HOST:PORT"; an IPv6 address stands in brackets.
std::optional<HostAndPort> parse_listen(std::string_view text);

}  // namespace civiclog
