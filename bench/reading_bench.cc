#include <chrono>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/measure.h"
#include "bench/service.h"
#include "bench/town.h"

namespace civiclog {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kConnections = 32;
constexpr size_t kRequests = 40'000;
constexpr size_t kRounds = 7;
constexpr size_t kPeople = 200;
constexpr size_t kContributions = 1'000;
constexpr size_t kVotesOnEach = 5;
constexpr size_t kPageRequests = 500;

HttpRequest parsed(const std::string& text) {
  RequestParser parser{RequestLimits{}};
  parser.feed(text);
  CHECK(parser.advance() == RequestParser::Event::kRequest);
  return parser.take_request();
}

std::string body_of(const Api& api, const std::string& target) {
  const Response response = api.handle(parsed(get_request(target)));
  CHECK(std::get<HttpResponse>(response).status == 200);
  return std::get<HttpResponse>(response).body;
}

Rounds milliseconds_of(const Api& api, const std::string& target, size_t requests) {
  const HttpRequest request = parsed(get_request(target));
  Rounds took;
  for (size_t i = 0; i < requests; ++i) {
    const Clock::time_point begin = Clock::now();
    const Response response = api.handle(request);
    took.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    CHECK(std::get<HttpResponse>(response).status == 200);
  }
  return {median(std::move(took))};
}

}  // namespace

void measure_reading(Bench& bench) {
  Service service;
  const size_t people_count = bench.of(kPeople, 20);
  const size_t contribution_count = bench.of(kContributions, 60);
  Town town(service.installation().commands());
  const std::vector<ParticipantId> people = town.settle_people(people_count);
  const TopicId topic = town.open_topic("tram");
  std::vector<ContributionId> contributions;
  for (size_t i = 0; i < contribution_count; ++i) {
    contributions.push_back(town.submit_opinion(people[i % people_count], topic, fmt::format("A stop at number {} of Mill Road.", i)));
  }
  for (size_t i = 0; i < contribution_count * kVotesOnEach; ++i) {
    town.vote(people[(i * 7 + i / contribution_count) % people_count], contributions[i % contribution_count], static_cast<Choice>(1 + i % 3));
  }
  town.settle();
  service.catch_up();

  const std::string tally = "/v1/contributions/" + contributions[0].text();
  const std::string body = body_of(service.api(), tally);
  DoorOptions options;
  options.threads = 2;
  const auto constant = Door::start(options, [&](const HttpRequest&) { return json_response(200, body); });
  CHECK(constant.has_value());
  const std::vector<std::string> requests = {get_request(tally)};
  const size_t requests_of_round = bench.of(kRequests, 500);
  Rounds hot, same;
  for (size_t round = 0; round < bench.of(kRounds, 1); ++round) {
    hot.push_back(rate_of(service.port(), requests, kConnections, requests_of_round));
    same.push_back(rate_of((*constant)->port(), requests, kConnections, requests_of_round));
  }
  print_rate("one contribution with its tally, hot", hot);
  print_rate("the same bytes as a constant answer", same);
  print_ratio("hot tally / constant", ratio_of(hot, same));
  // With a min_position no answer is kept: these are made anew each time.
  const auto at_server = [&](const std::string& target) {
    return milliseconds_of(service.api(), target + "min_position=0", bench.of(kPageRequests, 20));
  };
  const std::string list = "/v1/topics/tram/contributions?limit=50";
  print_row("one contribution with its tally, at the server", at_server(tally + "?"), 3, " ms");
  print_row(fmt::format("50 of 1,000 contributions with counts ({} bytes), at the server", body_of(service.api(), list).size()),
            at_server(list + "&"), 2, " ms");
  print_row("50 of 1,000 results, at the server", at_server("/v1/topics/tram/results?limit=50&"), 2, " ms");
}

}  // namespace civiclog
