#include "replay-tools/country.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace civiclog {
namespace {

constexpr size_t kSessions = 48;
constexpr size_t kProcesses = 8;
constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kSpanMs = 548 * kDayMs;
constexpr uint64_t kOffice = UINT64_MAX;
constexpr double kBudgetShare = 0.35;     // Of the processes.
constexpr double kDeliberationPull = 0.08;  // Beside 1 of a budget: a session there is some forty times as long.
constexpr double kHotShare = 0.9;         // Of a budget's votes in its burst.
constexpr double kVotedAgain = 0.0084;
constexpr double kSameAgain = 0.95;

constexpr std::array<std::string_view, 64> kWords = {
    "the",     "tram",    "should", "stop",     "near",    "school",   "and",      "hospital", "because", "people",  "who",
    "live",    "there",   "have",   "no",       "other",   "way",      "street",   "is",       "too",     "narrow",  "for",
    "buses",   "trees",   "would",  "keep",     "it",      "cool",     "in",       "summer",   "café",    "owners",  "fear",
    "building", "works",  "but",    "quartier", "needs",   "a",        "library",  "open",     "on",      "Sundays", "more",
    "than",    "another", "car",    "park",     "please",  "consider", "children", "cycling",  "across",  "bridge",  "every",
    "morning", "Straße",  "budget", "covers",   "only",    "half",     "of",       "what",     "was promised"};

}  // namespace

struct Country::Process {
  uint64_t number = 0;
  bool is_budget = false;
  TopicId topic;
  uint64_t sessions_left = 0;
  uint64_t statements_to_come = 0;
  std::vector<ContributionId> statements;
  std::optional<ModerationTarget> newest_comment;
};

struct Country::Session {
  Process* process = nullptr;
  uint64_t person = 0;
  uint64_t place = 0;   // In a walk over the process's statements in a stride of its own.
  uint64_t stride = 1;
  uint64_t votes_left = 0;
};

Country::Country(uint64_t seed, uint64_t events, Timestamp begin)
    : source_(fmt::format("country/{}", seed)),
      random_(seed),
      step_ms_(std::max<int64_t>(2 * kSpanMs / static_cast<int64_t>(std::max<uint64_t>(events, 1)), 1)),
      now_(begin),
      organisation_(organisation_id_of(fmt::format("country-{}", seed))),
      office_(person(kOffice)) {
  found();
}

Country::~Country() = default;

// Uniform in the logarithm: many small ones, few large ones.
uint64_t Country::between_log(uint64_t least, uint64_t most) {
  const double share = static_cast<double>(below(1'000)) / 999;
  return least + static_cast<uint64_t>(std::llround((std::pow(static_cast<double>(most - least) + 1, share) - 1)));
}

Uuid Country::id(std::string_view kind, uint64_t number) const { return make_imported_uuid(source_, kind, std::to_string(number)); }

std::string Country::words(size_t least, size_t most) {
  std::string out;
  for (size_t left = least + below(most - least + 1); left > 0; --left) {
    if (!out.empty()) out += ' ';
    out += kWords[below(kWords.size())];
  }
  return out;
}

void Country::act(std::string key, Issuer issuer, Command command, uint32_t events) {
  ready_.push_back({std::move(key), issuer, std::move(command), now_, events});
}

void Country::found() {
  act("organisation", issued_by_system(), RegisterOrganisation{source_.substr(0, 7) + "-" + source_.substr(8), "The country's office"});
  act("office", issued_by_system(), Join{office_, ""});
  for (const Role role : {Role::kProcessOwner, Role::kModerator}) {
    act(fmt::format("grant/{}", name_of(role)), issued_by_system(), GrantRole{organisation_, office_, role});
  }
}

void Country::launch() {
  auto process = std::make_unique<Process>();
  process->number = ++launched_;
  process->is_budget = chance(kBudgetShare);
  const std::string slug = fmt::format("{}-{}-{}", process->is_budget ? "budget" : "question", source_.substr(8), process->number);
  process->topic = topic_id_of(slug);
  process->sessions_left = process->is_budget ? between_log(300, 60'000) : between_log(30, 6'000);
  process->statements_to_come = process->is_budget ? between_log(20, 400) : std::clamp<uint64_t>(process->sessions_left / 3, 20, 2'000);
  const Issuer office = issued_by(office_);
  const std::string key = fmt::format("topic/{}/", process->number);
  act(key + "launch", office, LaunchTopic{organisation_, slug, words(3, 8), words(20, 60), ""});
  act(key + "rules", office, SetRules{process->topic, {Secrecy::kPseudonymous, false, {ContributionKind::kOpinion}}, {}});
  act(key + "phases", office, DefinePhases{process->topic, {{PhaseKind::kCollect, {true, true, true}, now_, {now_.ms + kSpanMs}}}});
  act(key + "open", office, OpenPhase{process->topic, 0, {}}, 2);
  const uint64_t author = people_ < 100 ? people_ : below(people_);
  if (author == people_) settle(author);
  for (uint64_t seeds = std::max<uint64_t>(process->statements_to_come / 5, 5); seeds > 0; --seeds) submit(*process, author);
  processes_.push_back(std::move(process));
}

void Country::close(Process& process) {
  act(fmt::format("topic/{}/close", process.number), issued_by(office_), ClosePhase{process.topic, 0, {}}, 2);
  std::erase_if(processes_, [&](const auto& other) { return other.get() == &process; });
}

void Country::settle(uint64_t number) {
  people_ = std::max(people_, number + 1);
  act(fmt::format("join/{}", number), issued_by(person(number)), Join{person(number), ""});
  act(fmt::format("verify/{}", number), issued_by_system(), VerifyParticipant{person(number), "eid", fmt::format("citizen {} of {}", number, source_)});
}

void Country::begin_session() {
  if (processes_.size() < kProcesses) return launch();
  Process& process = *processes_[below(processes_.size())];
  if (!process.is_budget && !chance(kDeliberationPull)) return;
  if (process.sessions_left == 0) {
    const bool in_use = std::ranges::any_of(sessions_, [&](const Session& session) { return session.process == &process; });
    return in_use ? void() : close(process);
  }
  --process.sessions_left;
  const bool is_new = people_ < 100 || chance(process.is_budget ? 0.9 : 0.3);
  const uint64_t number = is_new ? people_ : below(people_);
  if (is_new) settle(number);
  const uint64_t votes = process.is_budget ? 3 : std::min<uint64_t>(between_log(1, 1'000), process.statements.size());
  sessions_.push_back({&process, number, random_(), 2 * below(1'000) + 1, votes});
}

void Country::submit(Process& process, uint64_t author) {
  const ContributionId contribution{id("contribution", ++contributions_)};
  process.statements.push_back(contribution);
  if (process.statements_to_come > 0) --process.statements_to_come;
  act(fmt::format("contribution/{}", contributions_), issued_by(person(author)),
      SubmitContribution{contribution, process.topic, ContributionKind::kOpinion, {}, words(8, 40), {}, ""});
}

void Country::comment(Process& process, uint64_t author) {
  const ContributionId target = process.statements[below(process.statements.size())];
  const CommentId posted{id("comment", ++comments_)};
  process.newest_comment = ModerationTarget{process.topic, target, posted};
  act(fmt::format("comment/{}", comments_), issued_by(person(author)),
      PostComment{posted, target, {}, static_cast<Stance>(below(3)), words(5, 60), ""});
}

// Somebody finds the newest comment off topic, and the office hides it.
void Country::object(Process& process, uint64_t author) {
  if (!process.newest_comment) return;
  const CaseId moderation_case{id("case", ++cases_)};
  act(fmt::format("flag/{}", cases_), issued_by(person(author)),
      FlagContent{moderation_case, *process.newest_comment, Ground::kOffTopic, words(5, 20)});
  act(fmt::format("decide/{}", cases_), issued_by(office_),
      DecideModeration{moderation_case, *process.newest_comment, ModerationAction::kHide, Ground::kOffTopic, words(8, 20), "house-rules-2", false}, 2);
  process.newest_comment.reset();
}

void Country::vote(Session& session) {
  const std::vector<ContributionId>& statements = session.process->statements;
  session.place += session.stride;
  const bool is_hot = session.process->is_budget && session.votes_left == 3 && chance(kHotShare);
  const size_t at = is_hot ? 0 : session.place % statements.size();
  // Statements divide people differently, and a person's choice is no coin thrown.
  const uint64_t leaning = (at * 7'919 + session.person % 3 * 31) % 100;
  const auto choice = session.process->is_budget || below(100) < leaning ? Choice::kAgree : chance(0.7) ? Choice::kDisagree : Choice::kPass;
  const Issuer voter = issued_by(person(session.person));
  act(fmt::format("vote/{}", ++votes_), voter, CastBallot{statements[at], 1, choice});
  if (!chance(kVotedAgain)) return;
  tick(2'000);
  act(fmt::format("vote/{}", ++votes_), voter, CastBallot{statements[at], 1, chance(kSameAgain) ? choice : Choice::kPass});
}

void Country::go_on(Session& session) {
  if (session.votes_left > 0) {
    vote(session);
    --session.votes_left;
    return;
  }
  Process& process = *session.process;
  const uint64_t author = session.person;
  session = sessions_.back();
  sessions_.pop_back();
  if (process.statements_to_come > 0 && chance(process.is_budget ? 0.01 : 0.4)) submit(process, author);
  if (chance(process.is_budget ? 0.05 : 0.7)) comment(process, author);
  if (chance(0.01)) object(process, author);
}

CountryAct Country::next() {
  while (ready_.empty()) {
    if (sessions_.size() < kSessions) {
      begin_session();
    } else {
      tick(step_ms_);
      go_on(sessions_[below(sessions_.size())]);
    }
  }
  CountryAct out = std::move(ready_.front());
  ready_.pop_front();
  return out;
}

}  // namespace civiclog
