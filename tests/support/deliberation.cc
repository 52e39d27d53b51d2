#include "tests/support/deliberation.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

const std::vector<ContributionKind> kAllKinds = {ContributionKind::kPolicy, ContributionKind::kQuestion, ContributionKind::kOpinion,
                                                 ContributionKind::kAction, ContributionKind::kArticle};

Timestamp day(int number) { return *parse_rfc3339(fmt::format("2026-03-{:02}T08:00:00Z", number)); }

}  // namespace

Deliberation::Deliberation(CommandHandler& commands, std::function<void()> before_each)
    : commands_(&commands), before_each_(std::move(before_each)) {}

Deliberation::Deliberation(const Deliberation& told, CommandHandler& commands, std::function<void()> before_each)
    : Deliberation(told) {
  commands_ = &commands;
  before_each_ = std::move(before_each);
}

Uuid Deliberation::next_id() {
  ByteArray<16> random{};
  ++ids_;
  for (size_t i = 0; i < 8; ++i) random[8 + i] = static_cast<uint8_t>(ids_ >> (8 * (7 - i)));
  return make_uuid_v4(random);
}

Position Deliberation::must(Issuer issuer, Command command) {
  if (before_each_) before_each_();
  const CommandId id = command_id_of("deliberation", std::to_string(++ids_));
  const Result<Appended> done = commands_->submit_and_wait({id, issuer, std::move(command), {}, {}});
  if (!done) fmt::print(stderr, "refused: {} {}\n", done.error().rule, done.error().message);
  CHECK(done.has_value());
  return done->last;
}

ParticipantId Deliberation::join(const std::string& name) {
  const ParticipantId id{next_id()};
  must(issued_by_system(), Join{id, ""});
  must(issued_by_system(), VerifyParticipant{id, "eid", "eid of " + name});
  return id;
}

ContributionId Deliberation::submit(ParticipantId author, TopicId topic, ContributionKind kind, const std::string& title,
                                    const std::string& body, const std::string& link, const std::string& source_id) {
  const ContributionId id{next_id()};
  must(issued_by(author), SubmitContribution{id, topic, kind, title, body, link, source_id});
  return id;
}

CommentId Deliberation::comment(ParticipantId author, ContributionId target, CommentId parent, Stance stance,
                                const std::string& body) {
  const CommentId id{next_id()};
  must(issued_by(author), PostComment{id, target, parent, stance, body, ""});
  return id;
}

void Deliberation::vote(ParticipantId voter, ContributionId contribution, Choice choice) {
  must(issued_by(voter), CastBallot{contribution, 1, choice});
}

void Deliberation::moderate(ModerationTarget target, ModerationAction move, Ground ground, const std::string& facts,
                            CaseId in_case) {
  must(issued_by(moderator), DecideModeration{in_case, target, move, ground, facts, "house-rules/3#2", false});
}

ContributionId Deliberation::add_opinion(const std::string& text) {
  return submit(ana, tram, ContributionKind::kOpinion, "", text);
}

void Deliberation::found() {
  must(issued_by_system(), RegisterOrganisation{"riverside", "City of Riverside"});
  ana = join("Ana");
  ben = join("Ben");
  cem = join("Cem");
  dana = join("Dana");
  editor = join("Ines");
  moderator = join("Mara");
  owner = join("Otto");
  stakeholder = join("Sol");
  must(issued_by_system(), GrantRole{city, editor, Role::kEditor});
  must(issued_by_system(), GrantRole{city, moderator, Role::kModerator});
  must(issued_by_system(), GrantRole{city, owner, Role::kProcessOwner});
  must(issued_by_system(), GrantRole{city, stakeholder, Role::kStakeholder});
}

void Deliberation::hold_tram() {
  must(issued_by(owner), LaunchTopic{city, "tram", "Line 4 to the hospital", "Where should the new stops be?", ""});
  must(issued_by(owner), SetRules{tram, {Secrecy::kPseudonymous, false, kAllKinds}, "As the council decided on 12 January."});
  must(issued_by(owner), DefinePhases{tram, {{PhaseKind::kCollect, {true, true, false}, day(2), day(9)},
                                             {PhaseKind::kVote, {true, true, true}, day(9), day(14)},
                                             {PhaseKind::kDecide, {false, false, false}, day(16), day(20)}}});
  must(issued_by(owner), OpenPhase{tram, 0, "The information evening was held."});
  policy = submit(editor, tram, ContributionKind::kPolicy, "Draft route", "Four stops along Mill Road.");
  question = submit(ana, tram, ContributionKind::kQuestion, "Cost", "What does a stop cost?");
  opinion = submit(ben, tram, ContributionKind::kOpinion, "", "A stop at the school is worth the detour.", "", "17");
  action = submit(cem, tram, ContributionKind::kAction, "Count passengers", "Let us count who waits at the bus stop.");
  article = submit(dana, tram, ContributionKind::kArticle, "Trams elsewhere", "How Lakeside did it.",
                   "https://news.example/lakeside-tram");
  restored_opinion = submit(ana, tram, ContributionKind::kOpinion, "", "My shop would gain from a stop nearby.");
  hidden_opinion = submit(cem, tram, ContributionKind::kOpinion, "", "Call this number for cheap watches.");
  withdrawn_opinion = submit(ben, tram, ContributionKind::kOpinion, "", "Never mind.");
  thread.push_back(comment(ana, opinion, {}, Stance::kFor, "My children would use it."));
  thread.push_back(comment(stakeholder, opinion, thread[0], Stance::kNeutral, "The detour takes two minutes."));
  thread.push_back(comment(cem, opinion, thread[1], Stance::kAgainst, "Two minutes too many."));
  thread.push_back(comment(ben, opinion, thread[2], Stance::kFor, "Two minutes less by car, then."));
  hidden_comment = comment(dana, opinion, {}, Stance::kAgainst, "You are all fools.");
  must(issued_by(ben), WithdrawContribution{withdrawn_opinion, "Posted by mistake."});
  must(issued_by(owner), ClosePhase{tram, 0, "Collected for a week."});
  must(issued_by(owner), OpenPhase{tram, 1, "Now we vote."});
  vote(ana, opinion, Choice::kAgree);
  vote(ben, opinion, Choice::kDisagree);
  vote(ben, opinion, Choice::kAgree);
  vote(cem, opinion, Choice::kPass);
  vote(cem, opinion, Choice::kPass);
  vote(dana, opinion, Choice::kAgree);
  must(issued_by(dana), WithdrawBallot{opinion});
  for (const ParticipantId voter : {ana, ben, cem, dana}) vote(voter, hidden_opinion, Choice::kDisagree);
  const CaseId mistaken{next_id()}, advertisement{next_id()}, insult{next_id()};
  before_hiding = must(issued_by(owner), ExtendPhase{tram, 1, day(15), "Two days were a holiday."});
  must(issued_by(ana), FlagContent{advertisement, {tram, hidden_opinion, {}}, Ground::kSpam, "Cem sells watches, I know him."});
  moderate({tram, hidden_opinion, {}}, ModerationAction::kHide, Ground::kSpam, "Offers goods for sale.", advertisement);
  moderate({tram, restored_opinion, {}}, ModerationAction::kHide, Ground::kSpam, "Speaks of a shop.", mistaken);
  moderate({tram, restored_opinion, {}}, ModerationAction::kRestore, Ground::kInScope, "A shop keeper's view is no spam.", mistaken);
  moderate({tram, opinion, hidden_comment}, ModerationAction::kHide, Ground::kOffensive, "Insults the participants.", insult);
  before_erasing = must(issued_by(stakeholder), PostComment{CommentId{next_id()}, policy, {}, Stance::kFor, "We can run that.", ""});
  must(issued_by(dana), EraseWords{dana.uuid, {}, dana.uuid, false, ErasureReason::kSubjectRequest});
}

void Deliberation::hold_budget() {
  must(issued_by(owner), LaunchTopic{city, "budget", "Neighbourhood budget", "What shall the city pay for?", ""});
  must(issued_by(owner), SetRules{budget, {Secrecy::kEmbargoed, true, {ContributionKind::kOpinion}}, {}});
  must(issued_by(owner), DefinePhases{budget, {{PhaseKind::kVote, {true, true, true}, day(2), day(16)}}});
  must(issued_by(owner), OpenPhase{budget, 0, {}});
  accepted_idea = submit(ana, budget, ContributionKind::kOpinion, "Benches", "Benches at every stop.");
  rejected_idea = submit(ben, budget, ContributionKind::kOpinion, "Watches", "Free watches for all.");
  pending_idea = submit(cem, budget, ContributionKind::kOpinion, "Trees", "Plant forty trees.");
  moderate({budget, accepted_idea, {}}, ModerationAction::kAccept, Ground::kInScope, "Within the budget.", CaseId{next_id()});
  moderate({budget, rejected_idea, {}}, ModerationAction::kReject, Ground::kOffTopic, "Not a matter of the city.", CaseId{next_id()});
  vote(ana, accepted_idea, Choice::kAgree);
  vote(ben, accepted_idea, Choice::kAgree);
  vote(cem, accepted_idea, Choice::kDisagree);
}

void Deliberation::close_budget() { must(issued_by(owner), ClosePhase{budget, 0, "The time is over."}); }

void Deliberation::tell() {
  found();
  hold_tram();
  hold_budget();
}

}  // namespace civiclog
