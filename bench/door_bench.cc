#include <fmt/format.h>

#include "base/check.h"
#include "bench/bare_server.h"
#include "bench/measure.h"
#include "bench/service.h"
#include "query-api/door/door.h"

namespace civiclog {
namespace {

constexpr size_t kThreads = 2;
constexpr size_t kConnections = 32;
constexpr size_t kRequests = 60'000;
constexpr size_t kRounds = 7;

}  // namespace

void measure_door() {
  const std::string body = R"({"message":"an answer that is always the same"})";
  DoorOptions options;
  options.threads = kThreads;
  const auto door = Door::start(options, [&](const HttpRequest&) { return json_response(200, body); });
  CHECK(door.has_value());
  const BareServer bare(kThreads, body);
  const std::vector<std::string> requests = {get_request("/constant")};
  std::vector<double> ours, theirs, ratios;
  for (size_t round = 0; round < kRounds; ++round) {
    ours.push_back(rate_of((*door)->port(), requests, kConnections, kRequests));
    theirs.push_back(rate_of(bare.port(), requests, kConnections, kRequests));
    ratios.push_back(ours.back() / theirs.back());
  }
  fmt::print("| constant answer, door | {:.0f}/s |\n", median(ours));
  fmt::print("| constant answer, bare Pistache Http::Handler | {:.0f}/s |\n", median(theirs));
  fmt::print("| door / bare | {:.2f} |\n", median(ratios));
}

}  // namespace civiclog
