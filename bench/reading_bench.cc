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

double milliseconds_of(const Api& api, const std::string& target) {
  const HttpRequest request = parsed(get_request(target));
  std::vector<double> took;
  for (size_t i = 0; i < kPageRequests; ++i) {
    const Clock::time_point begin = Clock::now();
    const Response response = api.handle(request);
    took.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    CHECK(std::get<HttpResponse>(response).status == 200);
  }
  return median(std::move(took));
}

}  // namespace

void measure_reading() {
  Service service;
  Town town(service.installation().commands());
  const std::vector<ParticipantId> people = town.settle_people(kPeople);
  const TopicId topic = town.open_topic("tram");
  std::vector<ContributionId> contributions;
  for (size_t i = 0; i < kContributions; ++i) {
    contributions.push_back(town.submit_opinion(people[i % kPeople], topic, fmt::format("A stop at number {} of Mill Road.", i)));
  }
  for (size_t i = 0; i < kContributions * kVotesOnEach; ++i) {
    town.vote(people[(i * 7 + i / kContributions) % kPeople], contributions[i % kContributions], static_cast<Choice>(1 + i % 3));
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
  std::vector<double> hot, same, ratios;
  for (size_t round = 0; round < kRounds; ++round) {
    hot.push_back(rate_of(service.port(), requests, kConnections, kRequests));
    same.push_back(rate_of((*constant)->port(), requests, kConnections, kRequests));
    ratios.push_back(hot.back() / same.back());
  }
  fmt::print("| one contribution with its tally, hot | {:.0f}/s |\n", median(hot));
  fmt::print("| the same bytes as a constant answer | {:.0f}/s |\n", median(same));
  fmt::print("| hot tally / constant | {:.2f} |\n", median(ratios));
  // With a min_position no answer is kept: these are made anew each time.
  fmt::print("| one contribution with its tally, at the server | {:.3f} ms |\n", milliseconds_of(service.api(), tally + "?min_position=0"));
  const std::string list = "/v1/topics/tram/contributions?limit=50";
  fmt::print("| 50 of 1,000 contributions with counts ({} bytes), at the server | {:.2f} ms |\n",
             body_of(service.api(), list).size(), milliseconds_of(service.api(), list + "&min_position=0"));
  fmt::print("| 50 of 1,000 results, at the server | {:.2f} ms |\n",
             milliseconds_of(service.api(), "/v1/topics/tram/results?limit=50&min_position=0"));
}

}  // namespace civiclog
