#include "bench/town.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/crypto.h"

namespace civiclog {
namespace {

constexpr size_t kMaxUnderWay = 1'000;
constexpr int64_t kDayMs = 86'400'000;
constexpr std::string_view kOrganisation = "riverside";

}  // namespace

Town::Town(CommandHandler& commands) : commands_(commands), owner_{next_id()} {
  const OrganisationId city = organisation_id_of(kOrganisation);
  ask(issued_by_system(), RegisterOrganisation{std::string(kOrganisation), "City of Riverside"});
  ask(issued_by_system(), Join{owner_, ""});
  ask(issued_by_system(), GrantRole{city, owner_, Role::kProcessOwner});
  settle();
}

std::vector<ParticipantId> Town::settle_people(size_t count) {
  std::vector<ParticipantId> people;
  for (size_t i = 0; i < count; ++i) {
    people.push_back(ParticipantId{next_id()});
    ask(issued_by_system(), Join{people.back(), ""});
    ask(issued_by_system(), VerifyParticipant{people.back(), "eid", fmt::format("eid of citizen {}", asked_)});
  }
  settle();
  return people;
}

TopicId Town::open_topic(const std::string& slug) {
  const TopicId topic = topic_id_of(slug);
  const Timestamp now = system_now();
  const Phase phase{PhaseKind::kVote, {true, true, true}, {now.ms - kDayMs}, {now.ms + 30 * kDayMs}};
  ask(issued_by(owner_), LaunchTopic{organisation_id_of(kOrganisation), slug, "Line 4 to the hospital", "Where shall it stop?", ""});
  ask(issued_by(owner_), SetRules{topic, {Secrecy::kPseudonymous, false, {ContributionKind::kOpinion}}, {}});
  ask(issued_by(owner_), DefinePhases{topic, {phase}});
  ask(issued_by(owner_), OpenPhase{topic, 0, {}});
  settle();
  return topic;
}

ContributionId Town::submit_opinion(ParticipantId author, TopicId topic, const std::string& text) {
  const ContributionId id{next_id()};
  ask(issued_by(author), SubmitContribution{id, topic, ContributionKind::kOpinion, "", text, "", ""});
  return id;
}

void Town::vote(ParticipantId voter, ContributionId contribution, Choice choice) {
  ask(issued_by(voter), CastBallot{contribution, 1, choice});
}

void Town::settle() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return under_way_ == 0; });
}

void Town::ask(Issuer issuer, Command command) {
  {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return under_way_ < kMaxUnderWay; });
    ++under_way_;
  }
  const CommandId id = command_id_of("town", std::to_string(++asked_));
  commands_.submit({id, issuer, std::move(command), {}, {}}, [this](const Result<Appended>& done) {
    if (!done) fmt::print(stderr, "refused: {} {}\n", done.error().rule, done.error().message);
    CHECK(done.has_value());
    const std::lock_guard lock(mutex_);
    --under_way_;
    answered_.notify_one();
  });
}

Uuid Town::next_id() const { return make_uuid_v4(random_array<16>()); }

}  // namespace civiclog
