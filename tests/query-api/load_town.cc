#include "tests/query-api/load_town.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "access/token_issuer.h"
#include "access/token_verifier.h"
#include "base/crypto.h"
#include "base/id.h"

namespace civiclog {
namespace {

std::string some_of(const std::vector<std::string>& list, std::mt19937& random) {
  return list.empty() ? std::string() : list[random() % list.size()];
}

}  // namespace

LoadTown::LoadTown(const std::filesystem::path& data)
    : key_(InstallationKey::read(data).value()),
      installation_(kInstallationSubject),
      moderator_(make_uuid_v4(random_array<16>()).text()) {}

void LoadTown::found(uint16_t port) {
  RawClient client(port);
  int number = 0;
  const auto act = [&](std::string method, std::string target, std::string body, const std::string& subject) {
    return found_one(client, {std::move(method), std::move(target), std::move(body), subject, "found-" + std::to_string(++number)});
  };
  act("POST", "/v1/organisations", R"({"slug":"town","name":"Town"})", installation_);
  act("POST", "/v1/participants", "{}", moderator_);
  for (const char* role : {"process_owner", "moderator"}) {
    act("POST", "/v1/organisations/town/roles", R"({"participant":")" + moderator_ + R"(","role":")" + role + "\"}", installation_);
  }
  act("POST", "/v1/organisations/town/topics", R"({"slug":"square","title":"The square","summary":"What is it for?"})", moderator_);
  act("PUT", std::string(kTopicPath) + "/rules", R"({"secrecy":"pseudonymous","pre_moderation":false,"kinds":["opinion"]})", moderator_);
  act("PUT", std::string(kTopicPath) + "/phases",
      R"({"phases":[{"kind":"vote","allows":{"submit":true,"comment":true,"vote":true},)"
      R"("starts_at":"2026-01-01T00:00:00Z","ends_at":"2099-01-01T00:00:00Z"}]})", moderator_);
  act("POST", std::string(kTopicPath) + "/phases/0/open", "{}", moderator_);
  for (size_t i = 0; i < kHotContributions; ++i) {
    hot_.push_back(act("POST", std::string(kTopicPath) + "/contributions",
                       R"({"kind":"opinion","body":"Hot opinion )" + std::to_string(i) + "\"}", moderator_));
  }
}

std::string LoadTown::found_one(RawClient& client, LoadAct act) {
  EXPECT_TRUE(client.send(request_of(act)));
  const std::optional<RawResponse> response = client.read_response();
  EXPECT_TRUE(response) << act.target;
  if (!response) return {};
  EXPECT_LT(response->status, 300) << act.target << " " << response->body;
  founded_.push_back({std::move(act), answer_of(*response)});
  return member_of(response->body, "/id");
}

std::string LoadTown::request_of(const LoadAct& act) const {
  const std::string token = TokenIssuer(key_).issue(act.subject, kDefaultAudience, std::chrono::hours(1), system_now()).value();
  std::string request = act.method + " " + act.target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token +
                        "\r\nIdempotency-Key: " + act.key + "\r\n";
  if (!act.body.empty()) request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(act.body.size()) + "\r\n";
  return request + "\r\n" + act.body;
}

std::string LoadTown::get_request(const std::string& target, std::string_view subject) const {
  std::string request = "GET " + target + " HTTP/1.1\r\nHost: a\r\n";
  if (!subject.empty()) {
    request += "Authorization: Bearer " + TokenIssuer(key_).issue(subject, kDefaultAudience, std::chrono::hours(1), system_now()).value() + "\r\n";
  }
  return request + "\r\n";
}

std::string LoadTown::some_contribution(std::mt19937& random) const {
  if (random() % 10 < 6) return some_of(hot_, random);
  std::string spread = some_spread_contribution(random);
  return spread.empty() ? hot_.front() : spread;
}

std::string LoadTown::some_spread_contribution(std::mt19937& random) const {
  const std::scoped_lock lock(mutex_);
  return some_of(spread_, random);
}

std::string LoadTown::some_comment(std::mt19937& random) const {
  const std::scoped_lock lock(mutex_);
  return some_of(comments_, random);
}

void LoadTown::add_contribution(std::string id) {
  const std::scoped_lock lock(mutex_);
  spread_.push_back(std::move(id));
}

void LoadTown::add_comment(std::string id) {
  const std::scoped_lock lock(mutex_);
  comments_.push_back(std::move(id));
}

LoadAnswer answer_of(const RawResponse& response) {
  const std::string position = response.header("civic-position");
  return {response.status, position.empty() ? 0 : std::stoull(position), response.header("location"), response.header("etag"), response.body};
}

std::string member_of(const std::string& json, const std::string& pointer) {
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse(json, error);
  if (error) return {};
  const boost::json::value* found = parsed.find_pointer(pointer, error);
  return error || found == nullptr || !found->is_string() ? std::string() : std::string(found->as_string());
}

std::string describe(const LoadAct& act, const LoadAnswer& answer) {
  return act.method + " " + act.target + " with key " + act.key + " of " + act.subject + ": " + std::to_string(answer.status) +
         " at " + std::to_string(answer.position) + " " + answer.location + " " + answer.body;
}

}  // namespace civiclog
