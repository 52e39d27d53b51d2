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

void measure_door(Bench& bench) {
  const std::string body = R"({"message":"an answer that is always the same"})";
  DoorOptions options;
  options.threads = kThreads;
  const auto door = Door::start(options, [&](const HttpRequest&) { return json_response(200, body); });
  CHECK(door.has_value());
  const BareServer bare(kThreads, body);
  const std::vector<std::string> requests = {get_request("/constant")};
  const size_t requests_of_round = bench.of(kRequests, 500);
  Rounds ours, theirs;
  for (size_t round = 0; round < bench.of(kRounds, 1); ++round) {
    ours.push_back(rate_of((*door)->port(), requests, kConnections, requests_of_round));
    theirs.push_back(rate_of(bare.port(), requests, kConnections, requests_of_round));
  }
  print_rate("constant answer, door", ours);
  print_rate("constant answer, bare Pistache Http::Handler", theirs);
  print_ratio("door / bare", ratio_of(ours, theirs));
}

}  // namespace civiclog
