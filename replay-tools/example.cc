#include "replay-tools/example.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "installation/installation.h"
#include "replay-tools/command_stream.h"
#include "replay-tools/example_texts.h"

namespace civiclog {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;
constexpr size_t kErasedPerson = 1;  // Takes part in the tram topic and asks to be erased afterwards.

struct Step {
  Timestamp time;
  std::string key;
  Issuer issuer;
  Command command;
};

// Writes down what everybody does, in any order; told in the order of time.
class Story {
 public:
  Story(const ExampleOptions& options) : options_(options), random_(options.seed) {}

  std::vector<Step> tell();

 private:
  struct Published {
    ContributionId id;
    const example::Statement* statement;
  };

  // Portable, unlike the standard distributions: the same seed gives the same story everywhere.
  uint64_t below(uint64_t limit) { return random_() % limit; }
  bool chance(uint64_t percent) { return below(100) < percent; }
  Timestamp day(double days) const {
    return {options_.ends_at.ms - kExampleDays * kDay + static_cast<int64_t>(days * static_cast<double>(kDay))};
  }
  // Some time of that day when people are awake.
  Timestamp waking(int64_t on_day) { return {day(static_cast<double>(on_day)).ms + 7 * kHour + static_cast<int64_t>(below(15 * 60)) * kMinute}; }
  Timestamp between(double from, double to) {
    const auto first = static_cast<int64_t>(from), last = static_cast<int64_t>(to);
    const Timestamp time = waking(first + static_cast<int64_t>(below(static_cast<uint64_t>(std::max<int64_t>(last - first, 1)))));
    return std::clamp(time, Timestamp{day(from).ms + kMinute}, Timestamp{day(to).ms - kMinute});
  }

  Uuid id(std::string_view kind, std::string_view name) const {
    return make_imported_uuid(fmt::format("example/{}", options_.seed), kind, name);
  }
  ParticipantId person(size_t number) const { return {id("participant", std::to_string(number))}; }
  ParticipantId staff(std::string_view role) const { return {id("participant", role)}; }
  size_t staying(size_t number) const { return number % options_.participants == kErasedPerson ? kErasedPerson + 1 : number % options_.participants; }
  size_t somebody() { return staying(below(options_.participants)); }
  bool is_verified(size_t number) const { return number % 12 != 11; }
  size_t group_of(size_t number) const { return number % 7 < 3 ? 0 : number % 7 < 5 ? 1 : 2; }

  void at(Timestamp time, std::string key, Issuer issuer, Command command) {
    steps_.push_back({time, std::move(key), issuer, std::move(command)});
  }
  void people();
  void topic(const char* slug, const char* title, const char* summary, Rules rules, std::vector<Phase> phases, double launched);
  void open(const char* slug, uint16_t phase, double on_day, const char* reason);
  void close(const char* slug, uint16_t phase, double on_day, const char* reason);
  std::vector<Published> submissions(const char* slug, std::span<const example::Statement> statements, double from, double to);
  void comments(const char* slug, const std::vector<Published>& on, double from, double to, size_t threads);
  void votes(const char* slug, const std::vector<Published>& on, double from, double to, uint64_t turnout);
  void vote(const std::string& key, size_t voter, const Published& on, Timestamp time);
  void moderate(const std::string& key, ParticipantId moderator, ModerationTarget target, ModerationAction action, Ground ground,
                const char* facts, Timestamp time);
  void tram();
  void market();
  void night_bus();
  void library();

  const ExampleOptions& options_;
  std::mt19937_64 random_;
  std::vector<Step> steps_;
  const OrganisationId city_ = organisation_id_of("port-amity");
};

void Story::people() {
  const Issuer system = issued_by_system();
  at(day(0), "register", system, RegisterOrganisation{"port-amity", "City of Port Amity"});
  const std::pair<const char*, Role> offices[] = {{"owner", Role::kProcessOwner}, {"editor", Role::kEditor}, {"deputy", Role::kEditor},
                                                  {"moderator", Role::kModerator}, {"trade", Role::kStakeholder}};
  for (const auto& [name, role] : offices) {
    at(day(0), fmt::format("join/{}", name), system, Join{staff(name), ""});
    at(day(0), fmt::format("grant/{}", name), system, GrantRole{city_, staff(name), role});
  }
  for (size_t n = 0; n < options_.participants; ++n) {
    const Timestamp joined{day(0).ms + kHour + static_cast<int64_t>(below(24 * 60)) * kMinute};
    at(joined, fmt::format("join/{}", n), issued_by(person(n)), Join{person(n), ""});
    if (!is_verified(n)) continue;
    at({joined.ms + kMinute}, fmt::format("verify/{}", n), system,
       VerifyParticipant{person(n), n % 3 == 0 ? "postal_letter" : "eid", fmt::format("resident {} of Port Amity", n)});
  }
}

void Story::topic(const char* slug, const char* title, const char* summary, Rules rules, std::vector<Phase> phases, double launched) {
  const TopicId id = topic_id_of(slug);
  const Issuer owner = issued_by(staff("owner"));
  const Timestamp time = day(launched);
  at(time, fmt::format("{}/launch", slug), issued_by(staff("editor")), LaunchTopic{city_, slug, title, summary, ""});
  at({time.ms + kHour}, fmt::format("{}/rules", slug), owner, SetRules{id, std::move(rules), "As decided by the council's committee."});
  at({time.ms + 2 * kHour}, fmt::format("{}/phases", slug), owner, DefinePhases{id, std::move(phases)});
}

void Story::open(const char* slug, uint16_t phase, double on_day, const char* reason) {
  at(day(on_day), fmt::format("{}/open/{}", slug, phase), issued_by(staff("owner")), OpenPhase{topic_id_of(slug), phase, reason});
}

void Story::close(const char* slug, uint16_t phase, double on_day, const char* reason) {
  at(day(on_day), fmt::format("{}/close/{}", slug, phase), issued_by(staff("owner")), ClosePhase{topic_id_of(slug), phase, reason});
}

std::vector<Story::Published> Story::submissions(const char* slug, std::span<const example::Statement> statements, double from,
                                                 double to) {
  std::vector<Published> out;
  for (size_t i = 0; i < statements.size(); ++i) {
    const example::Statement& statement = statements[i];
    const std::string key = fmt::format("{}/statement/{}", slug, i);
    // The organisation speaks first, a stakeholder now and then.
    const bool policy = statement.kind == ContributionKind::kPolicy;
    const ParticipantId author = policy ? staff("editor") : i % 9 == 8 ? staff("trade") : person(staying(i * 5));
    SubmitContribution submit{{id("contribution", key)}, topic_id_of(slug), statement.kind, statement.title, statement.body, {}, ""};
    if (statement.kind == ContributionKind::kArticle) submit.link = "https://journal.example/harbour-street-after-ten-years";
    out.push_back({submit.contribution, &statement});
    at(policy ? Timestamp{day(from).ms + kMinute} : between(from, to), key, issued_by(author), std::move(submit));
  }
  return out;
}

// Threads of comments; each third one goes down to the deepest level.
void Story::comments(const char* slug, const std::vector<Published>& on, double from, double to, size_t threads) {
  const auto remarks = example::remarks();
  const auto replies = example::replies();
  for (size_t i = 0; i < threads; ++i) {
    const Published& target = on[below(on.size())];
    Timestamp time = between(from, to - 1);
    CommentId parent;
    const size_t levels = 1 + (i % 3 == 0 ? kMaxCommentDepth : below(3));
    for (size_t level = 0; level < levels; ++level) {
      const std::string key = fmt::format("{}/comment/{}/{}", slug, i, level);
      const example::Remark& remark = level == 0 ? remarks[i % remarks.size()] : replies[(i + level) % replies.size()];
      const CommentId comment{id("comment", key)};
      const ParticipantId author = i % 11 == 7 && level > 0 ? staff("editor") : person(somebody());
      at(time, key, issued_by(author), PostComment{comment, target.id, parent, remark.stance, remark.body, ""});
      if (i % 8 == 5 && level + 1 == levels) at({time.ms + 5 * kMinute}, key + "/edit", issued_by(author), EditComment{comment, fmt::format("{} (And please keep to the subject.)", remark.body)});
      if (i % 10 == 9 && level + 1 == levels) at({time.ms + 20 * kMinute}, key + "/retract", issued_by(author), RetractComment{comment});
      parent = comment;
      time.ms += static_cast<int64_t>(10 + below(120)) * kMinute;
    }
  }
}

void Story::vote(const std::string& key, size_t voter, const Published& on, Timestamp time) {
  const int agree = on.statement->agree[group_of(voter)];
  const auto draw = static_cast<int>(below(100));
  const Choice choice = chance(9) ? Choice::kPass : draw < agree ? Choice::kAgree : Choice::kDisagree;
  const Issuer issuer = issued_by(person(voter));
  at(time, key, issuer, CastBallot{on.id, 1, choice});
  const uint64_t again = below(1'000);
  if (again < 20) {  // A double click.
    at({time.ms + 300}, key + "/again", issuer, CastBallot{on.id, 1, choice});
  } else if (again < 26) {
    at({time.ms + 2 * kMinute}, key + "/change", issuer, CastBallot{on.id, 1, choice == Choice::kAgree ? Choice::kDisagree : Choice::kAgree});
  } else if (again < 29) {
    at({time.ms + 3 * kMinute}, key + "/withdraw", issuer, WithdrawBallot{on.id});
  }
}

void Story::votes(const char* slug, const std::vector<Published>& on, double from, double to, uint64_t turnout) {
  for (size_t voter = 0; voter < options_.participants; ++voter) {
    if (!is_verified(voter) || (voter == kErasedPerson && slug != std::string_view("tram")) || !chance(turnout)) continue;
    // Few vote on everything, many on a handful.
    const uint64_t interest = chance(30) ? 95 : 20 + below(50);
    const Timestamp sitting = std::min(between(from, to), Timestamp{day(to).ms - 2 * kHour});
    int64_t seconds = 0;
    for (size_t i = 0; i < on.size(); ++i) {
      if (!chance(interest)) continue;
      seconds += static_cast<int64_t>(4 + below(40));
      vote(fmt::format("{}/vote/{}/{}", slug, voter, i), voter, on[i], {sitting.ms + seconds * 1'000});
    }
  }
}

void Story::moderate(const std::string& key, ParticipantId moderator, ModerationTarget target, ModerationAction action, Ground ground,
                     const char* facts, Timestamp time) {
  at(time, key, issued_by(moderator),
     DecideModeration{{id("case", key)}, target, action, ground, facts, "house-rules/2026-01#3", false});
}

// Ran its course: every phase, every kind of act.
void Story::tram() {
  const char* slug = "tram";
  const TopicId tram = topic_id_of(slug);
  const auto phase = [&](PhaseKind kind, PhasePermissions allows, double from, double to) { return Phase{kind, allows, day(from), day(to)}; };
  topic(slug, "Tram line 9", "Where should the new tram run, and what has to be considered on the way?",
        {Secrecy::kPseudonymous, false, {ContributionKind::kPolicy, ContributionKind::kQuestion, ContributionKind::kOpinion,
                                         ContributionKind::kAction, ContributionKind::kArticle}},
        {phase(PhaseKind::kInform, {}, 1, 3), phase(PhaseKind::kCollect, {true, true, false}, 3, 14),
         phase(PhaseKind::kDiscuss, {false, true, false}, 14, 20), phase(PhaseKind::kVote, {false, true, true}, 20, 28),
         phase(PhaseKind::kDecide, {}, 32, 36), phase(PhaseKind::kFollowUp, {false, true, false}, 36, 60)}, 0.5);
  open(slug, 0, 1, "The leaflet has gone to all households.");
  close(slug, 0, 3, "");
  open(slug, 1, 3.01, "Contributions are welcome until the second Friday.");
  std::vector<Published> on = submissions(slug, example::tram_statements(), 3.1, 8);
  comments(slug, on, 8, 13, 12);
  const Published revised = on[4];
  at(day(13.2), "tram/revise", issued_by(person(staying(20))),
     ReviseContribution{revised.id, 1, false, revised.statement->title, "Grass instead of concrete between the rails keeps the street cool in summer and swallows half of the noise."});
  at(day(13.5), "tram/withdraw", issued_by(person(staying(55))), WithdrawContribution{on[11].id, "Someone else has said it better."});
  at(day(13.6), "tram/flag", issued_by(person(3)), FlagContent{{id("case", "tram/hide")}, {tram, on[6].id, {}}, Ground::kOffTopic, "Parking is another topic."});
  moderate("tram/hide", staff("moderator"), {tram, on[6].id, {}}, ModerationAction::kHide, Ground::kOffTopic,
           "It speaks of parking on the quay, which is decided elsewhere.", day(13.7));
  moderate("tram/restore", staff("moderator"), {tram, on[6].id, {}}, ModerationAction::kRestore, Ground::kInScope,
           "Looked at again: the lane in question is part of this plan.", day(13.9));
  moderate("tram/reject", staff("moderator"), {tram, on[19].id, {}}, ModerationAction::kReject, Ground::kOffTopic,
           "Fares are set by the transport association, not here.", day(13.95));
  close(slug, 1, 14, "");
  open(slug, 2, 14.01, "");
  comments(fmt::format("{}/discuss", slug).c_str(), {on[0], on[1], on[3], on[5], on[9]}, 14.1, 20, 24);
  at(day(16), "tram/last-words", issued_by(person(kErasedPerson)),
     PostComment{{id("comment", "tram/last-words")}, on[3].id, {}, Stance::kFor, "My grandfather planted the third one from the lock. I live opposite, number 12.", ""});
  const CommentId rude{id("comment", "tram/rude")};
  at(day(15), "tram/rude", issued_by(person(8)), PostComment{rude, on[5].id, {}, Stance::kAgainst, "Whoever writes such a thing should have their bus pass taken away.", ""});
  at(day(15.1), "tram/rude/flag", issued_by(person(9)), FlagContent{{id("case", "tram/rude/hide")}, {tram, on[5].id, rude}, Ground::kOffensive, "This is no argument."});
  moderate("tram/rude/hide", staff("moderator"), {tram, on[5].id, rude}, ModerationAction::kHide, Ground::kOffensive,
           "It wishes another person ill and says nothing on the matter.", day(15.3));
  close(slug, 2, 20, "");
  open(slug, 3, 20.01, "One vote on each statement; it can be changed until the box closes.");
  std::vector<Published> votable;
  for (size_t i = 0; i < on.size(); ++i) {
    if (i != 4 && i != 11 && i != 19) votable.push_back(on[i]);
  }
  votes(slug, votable, 20.1, 31, 72);
  at(day(27), "tram/extend", issued_by(staff("owner")), ExtendPhase{tram, 3, day(32), "The letters to the shipyard district went out three days late."});
  close(slug, 3, 32, "");
  open(slug, 4, 32.5, "The council decides in public session.");
  at(day(33), "tram/erase", issued_by(person(kErasedPerson)),
     EraseWords{person(kErasedPerson).uuid, {}, person(kErasedPerson).uuid, false, ErasureReason::kSubjectRequest});
  close(slug, 4, 36, "");
  open(slug, 5, 36.1, "");
  at(day(37), "revoke/deputy", issued_by(staff("owner")), RevokeRole{city_, staff("deputy"), Role::kEditor, "Moved to the harbour authority."});
}

// Open now: people contribute and vote at the same time, in an open box.
void Story::market() {
  const char* slug = "market-square";
  topic(slug, "The market square", "A year without through traffic: what should be tried, and how shall we know whether it worked?",
        {Secrecy::kOpen, false, {ContributionKind::kPolicy, ContributionKind::kQuestion, ContributionKind::kOpinion, ContributionKind::kAction}},
        {{PhaseKind::kCollect, {true, true, true}, day(30), day(56)}}, 29);
  open(slug, 0, 30, "");
  const std::vector<Published> on = submissions(slug, example::market_statements(), 30.1, 34);
  comments(slug, on, 34, 41, 18);
  votes(slug, on, 34.1, 41.9, 55);
}

// Pre-moderated, and nobody sees a number before the box closes.
void Story::night_bus() {
  const char* slug = "night-buses";
  const TopicId topic_id = topic_id_of(slug);
  topic(slug, "Night buses", "Which lines should run after midnight?",
        {Secrecy::kEmbargoed, true, {ContributionKind::kQuestion, ContributionKind::kOpinion}},
        {{PhaseKind::kCollect, {true, false, false}, day(34), day(38)}, {PhaseKind::kVote, {false, true, true}, day(38), day(52)}}, 33);
  open(slug, 0, 34, "");
  std::vector<Published> on = submissions(slug, example::night_bus_statements(), 34.1, 37);
  for (size_t i = 0; i + 2 < on.size(); ++i) {
    moderate(fmt::format("night-buses/accept/{}", i), staff("moderator"), {topic_id, on[i].id, {}}, ModerationAction::kAccept, Ground::kInScope,
             "It is about night buses.", day(37.2));
  }
  moderate("night-buses/reject", staff("moderator"), {topic_id, on.back().id, {}}, ModerationAction::kReject, Ground::kSpam, "An advertisement.", day(37.3));
  on.resize(on.size() - 2);  // One is rejected, one still waits.
  close(slug, 0, 38, "");
  open(slug, 1, 38.01, "");
  comments(slug, on, 38.1, 41, 5);
  votes(slug, on, 38.1, 41.9, 45);
}

void Story::library() {
  topic("library-hours", "Opening hours of the library", "When should the library be open?",
        {Secrecy::kPseudonymous, false, {ContributionKind::kOpinion}}, {{PhaseKind::kCollect, {true, true, false}, day(45), day(60)}}, 41.5);
}

std::vector<Step> Story::tell() {
  people();
  tram();
  market();
  night_bus();
  library();
  std::ranges::stable_sort(steps_, {}, &Step::time);
  return std::move(steps_);
}

// When the story ends: as asked, unless the log has its beginning already.
Result<Timestamp> end_of_story(const EventLog& log, CommandId beginning, Timestamp asked) {
  const Result<std::optional<CommandRecord>> begun = log.find_command(beginning);
  if (!begun) return begun.error();
  if (!*begun) return asked;
  const Result<StoredEvent> event = read_one(log, (*begun)->first);
  if (!event) return event.error();
  return Timestamp{event->envelope.happened_at().ms + kExampleDays * kDay};
}

}  // namespace

Result<ExampleMade> make_example(Installation& installation, const ExampleOptions& asked, const ReportProgress& progress) {
  ExampleOptions options = asked;
  if (options.participants < kMinExampleParticipants || options.participants > kMaxExampleParticipants) {
    return invalid_argument(fmt::format("the example has {} to {} participants", kMinExampleParticipants, kMaxExampleParticipants));
  }
  const std::string subject = fmt::format("example {}", options.seed);
  const Result<Timestamp> end = end_of_story(installation.log(), command_id_of(subject, "register"), options.ends_at);
  if (!end) return end.error();
  options.ends_at = *end;
  std::vector<Step> steps = Story(options).tell();
  CommandStream stream(installation.commands(), progress);
  stream.expect(steps.size());
  for (Step& step : steps) {
    if (stream.failed()) break;
    stream.send({command_id_of(subject, step.key), step.issuer, std::move(step.command), step.time, step.time}, step.key);
    stream.advance();
  }
  if (Status done = stream.finish(); !done) return done.error();
  return ExampleMade{installation.log().head(), stream.events_written()};
}

}  // namespace civiclog
