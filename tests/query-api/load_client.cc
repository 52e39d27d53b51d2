#include "tests/query-api/load_client.h"

#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/id.h"

namespace civiclog {
namespace {

constexpr size_t kLongText = 18'000;
constexpr size_t kRepeatedAfterStart = 2;
constexpr int kMaxRefusals = 2'000;
constexpr int kMaxAsked = 15;

// A moderator may have been faster.
const std::set<std::string>& rules_that_may_refuse() {
  static const std::set<std::string> kRules = {"not_votable", "target_not_visible", "not_visible", "action_invalid"};
  return kRules;
}

std::string new_participant() { return make_uuid_v4(random_array<16>()).text(); }

}  // namespace

LoadClient::LoadClient(LoadTown& town, size_t number, uint32_t seed)
    : town_(town), number_(number), random_(seed), participant_(new_participant()) {}

void LoadClient::act_until_cut(uint16_t port) {
  RawClient client(port);
  if (!client.connected() || (pending_ && !ask_pending(client)) || !repeat_some(client)) return;
  while (true) {
    if (!find_own_word(client)) return;
    pending_ = next_act();
    if (!ask_pending(client)) return;
    if (random_() % 20 == 0 && !acknowledged_.empty() && !repeat(client, acknowledged_.back())) return;
  }
}

void LoadClient::settle(uint16_t port) {
  RawClient client(port);
  ASSERT_TRUE(client.connected());
  if (pending_) {
    ASSERT_TRUE(ask_pending(client)) << "nobody was killed";
  }
  ASSERT_TRUE(repeat_some(client)) << "nobody was killed";
}

LoadClient::Pending LoadClient::next_act() {
  if (!joined_) return make(Kind::kJoin, "POST", "/v1/participants", "{}");
  if (!verified_) {
    Pending act = make(Kind::kVerify, "POST", "/v1/participants/" + participant_ + "/verification",
                       R"({"method":"eid","identity":"Voter )" + std::to_string(number_) + "\"}");
    act.act.subject = town_.installation();
    return act;
  }
  if (number_ == 0 && random_() % 3 == 0) return moderating_act();
  const uint64_t dice = random_() % 100;
  if (dice < 2) return make(Kind::kEraseEverything, "POST", "/v1/erasures", R"({"everything":true})");
  if (dice < 5 && !own_word_.empty()) return make(Kind::kEraseWords, "POST", "/v1/erasures", R"({"words":[")" + own_word_ + "\"]}");
  if (dice < 15) {
    return make(Kind::kContribute, "POST", std::string(LoadTown::kTopicPath) + "/contributions",
                R"({"kind":"opinion","body":")" + some_text() + "\"}");
  }
  if (dice < 28) {
    return make(Kind::kComment, "POST", "/v1/contributions/" + town_.some_contribution(random_) + "/comments",
                R"({"body":")" + some_text() + "\"}");
  }
  if (dice < 32) {
    return make(Kind::kFlag, "POST", "/v1/moderation/flags",
                R"({"contribution":")" + town_.some_contribution(random_) + R"(","ground":"spam","explanation":"It is."})");
  }
  return vote_act();
}

LoadClient::Pending LoadClient::vote_act() {
  if (!choices_.empty() && random_() % 8 == 0) {
    const std::string contribution = std::next(choices_.begin(), static_cast<ptrdiff_t>(random_() % choices_.size()))->first;
    Pending act = make(Kind::kWithdrawVote, "DELETE", "/v1/contributions/" + contribution + "/ballot", "");
    act.contribution = contribution;
    return act;
  }
  constexpr std::array<const char*, 3> kChoices = {"agree", "disagree", "pass"};
  const std::string contribution = town_.some_contribution(random_);
  const std::string choice = kChoices[random_() % kChoices.size()];
  Pending act = make(Kind::kVote, "PUT", "/v1/contributions/" + contribution + "/ballot", R"({"choice":")" + choice + R"(","version":1})");
  act.contribution = contribution;
  act.choice = choice;
  return act;
}

LoadClient::Pending LoadClient::moderating_act() {
  const bool hides = random_() % 2 == 0;
  const std::string comment = town_.some_comment(random_);
  const std::string contribution = town_.some_spread_contribution(random_);
  if (contribution.empty()) return vote_act();
  const std::string target = comment.empty() || random_() % 2 == 0 ? R"("contribution":")" + contribution : R"("comment":")" + comment;
  Pending act = make(Kind::kModerate, "POST", "/v1/moderation/decisions",
                     "{" + target + R"(","action":")" + (hides ? "hide" : "restore") + R"(","ground":")" + (hides ? "spam" : "in_scope") +
                         R"(","facts":"Seen by a person.","policy":"house-rules/1"})");
  act.act.subject = town_.moderator();
  return act;
}

LoadClient::Pending LoadClient::make(Kind kind, std::string method, std::string target, std::string body) {
  Pending act;
  act.kind = kind;
  act.act = {std::move(method), std::move(target), std::move(body), participant_,
             "client-" + std::to_string(number_) + "-" + std::to_string(++acts_)};
  return act;
}

std::string LoadClient::some_text() {
  const size_t size = random_() % 20 == 0 ? kLongText : 20 + random_() % 400;
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + random_() % 26);
  return text;
}

bool LoadClient::ask_pending(RawClient& client) {
  while (true) {
    const bool sent = client.send(town_.request_of(pending_->act));
    const std::optional<RawResponse> response = sent ? client.read_response() : std::nullopt;
    if (!response) {
      // Half-sent or not taken at all is as good as sent: only the log knows.
      if (!pending_->was_cut) ++town_.counts().cut;
      pending_->was_cut = true;
      return false;
    }
    const LoadAnswer answer = answer_of(*response);
    if (response->status == 503 || (response->status == 409 && member_of(answer.body, "/code") == "version_conflict")) {
      EXPECT_LT(++pending_->refusals, kMaxRefusals) << describe(pending_->act, answer);
      if (pending_->refusals >= kMaxRefusals) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      continue;
    }
    const Pending done = *std::exchange(pending_, std::nullopt);
    response->status < 300 ? accept(done, answer) : refuse(done, answer);
    return response->status >= 300 || !done.was_cut || repeat(client, acknowledged_.back());
  }
}

bool LoadClient::repeat_some(RawClient& client) {
  if (acknowledged_.empty()) return true;
  if (!repeat(client, acknowledged_.back())) return false;
  for (size_t i = 0; i < kRepeatedAfterStart; ++i) {
    if (!repeat(client, acknowledged_[random_() % acknowledged_.size()])) return false;
  }
  return true;
}

bool LoadClient::repeat(RawClient& client, const Acknowledged& first) {
  for (int refusals = 0; refusals < kMaxRefusals; ++refusals) {
    if (!client.send(town_.request_of(first.act))) return false;
    const std::optional<RawResponse> response = client.read_response();
    if (!response) return false;
    if (response->status == 503) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      continue;
    }
    EXPECT_EQ(answer_of(*response), first.answer) << "first  " << describe(first.act, first.answer) << "\nagain  "
                                                  << describe(first.act, answer_of(*response));
    ++town_.counts().repeated;
    return true;
  }
  ADD_FAILURE() << "no answer but 503: " << describe(first.act, first.answer);
  return false;
}

// The events tell under which id the words of a comment are kept.
bool LoadClient::find_own_word(RawClient& client) {
  if (own_comment_position_ == 0 || !own_word_.empty()) return true;
  const std::string target = "/v1/events?limit=1&after=" + std::to_string(own_comment_position_ - 1) +
                             "&min_position=" + std::to_string(own_comment_position_);
  if (!client.send(town_.get_request(target))) return false;
  const std::optional<RawResponse> response = client.read_response();
  if (!response) return false;
  if (response->status == 503) return true;  // Not yet; it is asked again before the next act.
  EXPECT_EQ(response->status, 200) << response->body;
  own_word_ = member_of(response->body, "/items/0/summary/body/word");
  EXPECT_NE(own_word_, "") << response->body;
  return true;
}

void LoadClient::accept(const Pending& done, const LoadAnswer& answer) {
  EXPECT_GT(answer.position, 0u) << describe(done.act, answer);
  if (done.was_cut) ++(answer.position <= town_.head_at_start() ? town_.counts().found_committed : town_.counts().found_uncommitted);
  ++town_.counts().acknowledged;
  acknowledged_.push_back({done.act, answer});
  last_position_ = std::max(last_position_, answer.position);
  switch (done.kind) {
    case Kind::kJoin: joined_ = true; break;
    case Kind::kVerify: verified_ = true; break;
    case Kind::kVote: choices_[done.contribution] = done.choice; break;
    case Kind::kWithdrawVote: choices_.erase(done.contribution); break;
    case Kind::kContribute: town_.add_contribution(member_of(answer.body, "/id")); break;
    case Kind::kComment:
      town_.add_comment(member_of(answer.body, "/id"));
      own_comment_position_ = answer.position;
      own_word_.clear();
      break;
    case Kind::kFlag:
    case Kind::kModerate: break;
    case Kind::kEraseEverything:
      // The same person comes back under another account; the tag, and with it every choice, stays.
      participant_ = new_participant();
      joined_ = verified_ = false;
      [[fallthrough]];
    case Kind::kEraseWords:
      own_comment_position_ = 0;
      own_word_.clear();
      break;
  }
}

void LoadClient::refuse(const Pending& done, const LoadAnswer& answer) {
  ++town_.counts().rejected;
  const std::string code = member_of(answer.body, "/code");
  EXPECT_TRUE(rules_that_may_refuse().contains(code)) << describe(done.act, answer);
}

void LoadClient::check_own_choices(uint16_t port, uint64_t position) {
  RawClient client(port);
  std::optional<RawResponse> response;
  // On a slow machine the read models may take longer than one request waits for them.
  for (int asked = 0; asked < kMaxAsked && (!response || response->status == 503); ++asked) {
    const std::string target = std::string(LoadTown::kTopicPath) + "/ballot?min_position=" + std::to_string(position);
    ASSERT_TRUE(client.send(town_.get_request(target, participant_)));
    response = client.read_response();
    ASSERT_TRUE(response);
  }
  ASSERT_EQ(response->status, 200) << response->body;
  std::map<std::string, std::string> shown;
  const boost::json::value answer = boost::json::parse(response->body);
  for (const auto& item : answer.at("items").as_array()) {
    shown.emplace(item.at("contribution").as_string(), item.at("choice").as_string());
  }
  // Who has left and not come back yet has no identity that the service could compute a tag from.
  EXPECT_EQ(shown, verified_ ? choices_ : decltype(choices_){}) << "voter " << number_;
}

}  // namespace civiclog
