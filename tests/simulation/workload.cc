#include "tests/simulation/workload.h"

#include <algorithm>
#include <array>

// Longer than other files because it draws every command there is.

namespace civiclog {
namespace {

constexpr uint64_t kSetUpCommands = 120;
constexpr size_t kRemembered = 400;
constexpr uint64_t kForgetEvery = 256;

// The newest are the liveliest; the oldest few stay hot.
template <typename Id>
Id lively(Dice& dice, const std::vector<Id>& all) {
  if (all.empty() || dice.percent(1)) return Id{dice.uuid()};
  if (dice.percent(30)) return all[dice.below(std::min<size_t>(all.size(), 4))];
  if (dice.percent(60)) return all[all.size() - 1 - dice.below(std::min<size_t>(all.size(), 40))];
  return dice.pick(all);
}

}  // namespace

Asked Workload::next(Timestamp now) {
  now_ = now;
  if (++drawn_ % kForgetEvery == 0) forget_unknown();
  spoil_percent_ = drawn_ < kSetUpCommands ? 0 : 8;
  if (drawn_ > kSetUpCommands && dice_.percent(8) && !recent_.empty()) {
    Asked again = dice_.pick(recent_);
    retry(again);
    return again;
  }
  issuer_ = issued_by_system();
  Asked asked;
  asked.body = ++bodies_;
  asked.request.command = drawn_ <= kSetUpCommands ? set_up() : draw();
  asked.request.id = CommandId{dice_.uuid()};
  asked.request.issuer = spoil() ? (dice_.percent(30) ? issued_by_system() : issued_by(anybody())) : issuer_;
  if (dice_.percent(3)) asked.request.occurred_at = Timestamp{static_cast<int64_t>(dice_.below(2'000'000'000'000))};
  if (dice_.percent(2)) asked.request.source_time = Timestamp{now.ms + static_cast<int64_t>(dice_.below(2'000'000)) - 1'000'000};
  if (recent_.size() < kRemembered) {
    recent_.push_back(asked);
  } else {
    recent_[dice_.below(kRemembered)] = asked;
  }
  return asked;
}

// What never came to be, so that the pools do not fill with it.
void Workload::forget_unknown() {
  std::erase_if(participants_, [&](ParticipantId id) { return !model_.participants.contains(id); });
  std::erase_if(topics_, [&](TopicId id) { return !model_.topics.contains(id); });
  std::erase_if(contributions_, [&](ContributionId id) { return !model_.contributions.contains(id); });
  std::erase_if(comments_, [&](CommentId id) { return !model_.comments.contains(id); });
  std::erase_if(cases_, [&](CaseId id) { return !model_.cases.contains(id); });
}

// The same again, with the ids of new things drawn anew as a door does; or another body under the same id.
void Workload::retry(Asked& asked) {
  Command& command = asked.request.command;
  if (dice_.percent(25)) {
    asked.body = ++bodies_;
    if (dice_.percent(30)) {
      asked.request.occurred_at = Timestamp{asked.request.occurred_at.value_or(Timestamp{5}).ms + 1};
    } else {
      issuer_ = asked.request.issuer;
      const Command before = command;
      while (command.index() == before.index()) command = draw();
    }
    return;
  }
  if (auto* submit = std::get_if<SubmitContribution>(&command)) submit->contribution = ContributionId{dice_.uuid()};
  if (auto* post = std::get_if<PostComment>(&command)) post->comment = CommentId{dice_.uuid()};
  if (auto* flag = std::get_if<FlagContent>(&command)) flag->moderation_case = CaseId{dice_.uuid()};
}

Command Workload::set_up() {
  if (organisations_.size() < 2) return draw_register();
  if (drawn_ < 40) return draw_join();
  if (drawn_ < 75) return VerifyParticipant{participants_[drawn_ - 40 < participants_.size() ? drawn_ - 40 : 0], "eid", "citizen " + std::to_string(drawn_)};
  if (drawn_ < 84) return draw_grant();
  if (drawn_ < 94) return draw_launch();
  const TopicId topic = topics_[drawn_ % topics_.size()];
  if (drawn_ < 98) return SetRules{topic, {dice_.from_one(kMaxSecrecy), dice_.percent(30), {ContributionKind::kPolicy, ContributionKind::kQuestion, ContributionKind::kOpinion, ContributionKind::kArticle}}, {}};
  if (drawn_ < 102) {
    DefinePhases define{topic, {}};
    for (int64_t i = 0; i < 60; ++i) define.phases.push_back({PhaseKind::kVote, {true, true, true}, {i * 1'000}, {i * 1'000 + 500}});
    return define;
  }
  if (drawn_ < 106) return OpenPhase{topic, 0, {}};
  return draw_submit();
}

Command Workload::draw() {
  using Draw = Command (Workload::*)();
  struct Share {
    uint64_t weight;
    Draw draw;
  };
  static constexpr std::array kShares = {
      Share{420, &Workload::draw_ballot},  Share{50, &Workload::draw_withdraw_ballot}, Share{110, &Workload::draw_comment},
      Share{40, &Workload::draw_edit},     Share{12, &Workload::draw_retract},         Share{90, &Workload::draw_submit},
      Share{50, &Workload::draw_revise},   Share{12, &Workload::draw_withdraw},        Share{30, &Workload::draw_flag},
      Share{55, &Workload::draw_moderation}, Share{25, &Workload::draw_join},          Share{30, &Workload::draw_verify},
      Share{5, &Workload::draw_grant},    Share{6, &Workload::draw_revoke},           Share{3, &Workload::draw_register},
      Share{4, &Workload::draw_launch},    Share{7, &Workload::draw_phases},           Share{7, &Workload::draw_rules},
      Share{25, &Workload::draw_open},     Share{3, &Workload::draw_close},            Share{8, &Workload::draw_extend},
      Share{3, &Workload::draw_erasure},   Share{3, &Workload::draw_import}};
  uint64_t total = 0;
  for (const Share& share : kShares) total += share.weight;
  uint64_t left = dice_.below(total);
  for (const Share& share : kShares) {
    if (left < share.weight) return (this->*share.draw)();
    left -= share.weight;
  }
  return draw_ballot();
}

std::string Workload::slug() {
  if (spoil()) return dice_.pick(std::vector<std::string>{"", "-a", "a.", "a b", std::string(129, 'a'), "ü", "place-1", "place-2"});
  return "place-" + std::to_string(organisations_.size() + topics_.size() + dice_.below(3));
}
std::string Workload::source_id() {
  if (dice_.percent(80)) return {};
  return spoil() ? std::string(256 + dice_.below(2), 's') : "source " + std::to_string(dice_.below(300));
}
ParticipantId Workload::anybody() {
  ParticipantId who = lively(dice_, participants_);
  for (int tries = 0; tries < 8; ++tries) {
    const auto known = model_.participants.find(who);
    if (known != model_.participants.end() && !known->second.erased && !known->second.identity.is_nil()) break;
    who = lively(dice_, participants_);
  }
  return who;
}
OrganisationId Workload::some_organisation() { return lively(dice_, organisations_); }
bool Workload::is_open(TopicId topic) const {
  const auto known = model_.topics.find(topic);
  if (known == model_.topics.end() || !known->second.row.current_phase) return false;
  const TopicRow& row = known->second.row;
  return row.box && !row.box->closed && row.phases.at(*row.current_phase).planned.allows == PhasePermissions{true, true, true};
}
TopicId Workload::some_topic() {
  TopicId topic = lively(dice_, topics_);
  for (int tries = 0; tries < 10 && !is_open(topic); ++tries) topic = lively(dice_, topics_);
  return topic;
}
ContributionId Workload::some_contribution() {
  ContributionId item = lively(dice_, contributions_);
  for (int tries = 0; tries < 20; ++tries) {
    const auto known = model_.contributions.find(item);
    if (known != model_.contributions.end() && is_visible(known->second.row) && is_open(known->second.row.topic)) break;
    item = lively(dice_, contributions_);
  }
  return item;
}
CommentId Workload::some_comment() { return lively(dice_, comments_); }

void Workload::issue_as(OrganisationId where, Role role) {
  const auto organisation = model_.organisations.find(where);
  std::vector<ParticipantId> holders;
  if (organisation != model_.organisations.end()) {
    for (const ParticipantId one : participants_) {
      if (model_.has_role(where, one, role)) holders.push_back(one);
    }
  }
  issuer_ = holders.empty() || dice_.percent(20) ? issued_by_system() : issued_by(dice_.pick(holders));
}

void Workload::issue_as_author(const Actor& author) {
  issuer_ = author.kind == ActorKind::kSystem ? issued_by_system() : issued_by(ParticipantId{author.id});
}

Command Workload::draw_register() {
  RegisterOrganisation c{slug(), draw_text(dice_)};
  organisations_.push_back(organisation_id_of(c.slug));
  return c;
}
Command Workload::draw_grant() {
  const OrganisationId where = some_organisation();
  if (drawn_ > kSetUpCommands) issue_as(where, Role::kProcessOwner);
  return GrantRole{where, anybody(), spoil() ? static_cast<Role>(dice_.below(10)) : static_cast<Role>(2 + dice_.below(6))};
}
Command Workload::draw_revoke() {
  const OrganisationId where = some_organisation();
  issue_as(where, Role::kProcessOwner);
  RevokeRole c{where, anybody(), static_cast<Role>(2 + dice_.below(6)), draw_text(dice_)};
  const auto organisation = model_.organisations.find(where);
  if (organisation == model_.organisations.end()) return c;
  std::vector<const RoleRow*> held;
  for (const ParticipantId one : participants_) {
    const auto row = organisation->second.roles.find(one);
    if (row != organisation->second.roles.end() && !row->second.roles.empty()) held.push_back(&row->second);
  }
  if (held.empty()) return c;
  const RoleRow& row = *dice_.pick(held);
  c.participant = row.participant;
  c.role = dice_.pick(row.roles).role;
  return c;
}
Command Workload::draw_join() {
  const ParticipantId fresh{dice_.uuid()};
  const ParticipantId who = spoil() && !participants_.empty() ? dice_.pick(participants_) : fresh;
  participants_.push_back(who);
  if (dice_.percent(60)) issuer_ = issued_by(who);
  return Join{spoil() && dice_.percent(10) ? ParticipantId{} : who, source_id()};
}
Command Workload::draw_verify() {
  // Few identities, so that now and then two participants are one person.
  return VerifyParticipant{anybody(), spoil() ? std::string(dice_.below(2) * 65, 'm') : "eid",
                           spoil() ? Text(draw_text(dice_)) : Text("person " + std::to_string(dice_.below(400)))};
}
Command Workload::draw_launch() {
  const OrganisationId where = some_organisation();
  if (drawn_ > kSetUpCommands) issue_as(where, dice_.percent(50) ? Role::kEditor : Role::kProcessOwner);
  LaunchTopic c{where, slug(), draw_text(dice_), draw_text(dice_), source_id()};
  topics_.push_back(topic_id_of(c.slug));
  return c;
}

Command Workload::draw_phases() {
  DefinePhases c{lively(dice_, topics_), {}};
  const auto topic = model_.topics.find(c.topic);
  if (topic != model_.topics.end()) issue_as(topic->second.row.organisation, Role::kProcessOwner);
  const uint64_t count = spoil() ? dice_.pick(std::vector<uint64_t>{0, 1, 64, 65, 100, 101}) : dice_.between(1, 8);
  int64_t at = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const int64_t begin = at + static_cast<int64_t>(dice_.below(50)) - (spoil() ? 30 : 0);
    at = begin + static_cast<int64_t>(dice_.below(100)) - (spoil() ? 30 : 0);
    c.phases.push_back({dice_.from_one(kMaxPhaseKind), {dice_.percent(85), dice_.percent(85), dice_.percent(85)}, {begin}, {at}});
  }
  return c;
}
Command Workload::draw_rules() {
  SetRules c{lively(dice_, topics_), {dice_.from_one(kMaxSecrecy), dice_.percent(30), {}}, draw_text(dice_)};
  const auto topic = model_.topics.find(c.topic);
  if (topic != model_.topics.end()) issue_as(topic->second.row.organisation, Role::kProcessOwner);
  for (uint8_t kind = 1; kind <= 5; ++kind) {
    if (dice_.percent(70)) c.rules.kinds.push_back(static_cast<ContributionKind>(kind));
  }
  if (spoil() && c.rules.kinds.size() > 1) dice_.percent(50) ? std::swap(c.rules.kinds[0], c.rules.kinds[1]) : void(c.rules.kinds[1] = c.rules.kinds[0]);
  return c;
}
Command Workload::draw_open() {
  OpenPhase c{lively(dice_, topics_), static_cast<uint16_t>(dice_.below(9)), draw_text(dice_)};
  const auto topic = model_.topics.find(c.topic);
  if (topic == model_.topics.end()) return c;
  issue_as(topic->second.row.organisation, Role::kProcessOwner);
  if (!spoil()) c.phase = static_cast<uint16_t>(topic->second.last_opened ? *topic->second.last_opened + 1 + dice_.below(2) : 0);
  return c;
}
Command Workload::draw_close() {
  ClosePhase c{some_topic(), static_cast<uint16_t>(dice_.below(9)), draw_text(dice_)};
  const auto topic = model_.topics.find(c.topic);
  if (topic == model_.topics.end()) return c;
  issue_as(topic->second.row.organisation, Role::kProcessOwner);
  if (!spoil()) c.phase = topic->second.row.current_phase.value_or(0);
  return c;
}
Command Workload::draw_extend() {
  ExtendPhase c{some_topic(), static_cast<uint16_t>(dice_.below(9)), {static_cast<int64_t>(dice_.below(3'000))}, draw_text(dice_)};
  const auto topic = model_.topics.find(c.topic);
  if (topic == model_.topics.end()) return c;
  issue_as(topic->second.row.organisation, Role::kProcessOwner);
  if (spoil() || !topic->second.row.current_phase) return c;
  c.phase = *topic->second.row.current_phase;
  c.new_end = {topic->second.row.phases[c.phase].planned.ends_at.ms + static_cast<int64_t>(dice_.below(60))};
  return c;
}

Command Workload::draw_submit() {
  const ContributionId fresh{dice_.uuid()};
  const bool known = spoil() && !contributions_.empty();
  SubmitContribution c{known ? dice_.pick(contributions_) : fresh, some_topic(), dice_.from_one(kMaxContributionKind),
                       draw_text(dice_), draw_text(dice_), {}, source_id()};
  issuer_ = dice_.percent(95) ? issued_by(anybody()) : issued_by_system();
  const auto topic = model_.topics.find(c.topic);
  if (c.kind == ContributionKind::kPolicy && topic != model_.topics.end()) issue_as(topic->second.row.organisation, Role::kEditor);
  if ((c.kind == ContributionKind::kArticle) != spoil()) c.link = "https://example.org/" + std::to_string(dice_.below(1'000));
  contributions_.push_back(c.contribution);
  return c;
}
Command Workload::draw_revise() {
  ReviseContribution c{some_contribution(), static_cast<uint32_t>(1 + dice_.below(3)), dice_.percent(30), draw_text(dice_), draw_text(dice_)};
  issuer_ = issued_by(anybody());
  const auto item = model_.contributions.find(c.contribution);
  if (item == model_.contributions.end()) return c;
  issue_as_author(item->second.row.author);
  if (!spoil()) c.revises_version = item->second.row.version;
  return c;
}
Command Workload::draw_withdraw() {
  const ContributionId which = some_contribution();
  issuer_ = issued_by(anybody());
  const auto item = model_.contributions.find(which);
  if (item != model_.contributions.end()) issue_as_author(item->second.row.author);
  return WithdrawContribution{which, draw_text(dice_)};
}
Command Workload::draw_comment() {
  const CommentId fresh{dice_.uuid()};
  const bool known = spoil() && !comments_.empty();
  PostComment c{known ? dice_.pick(comments_) : fresh, some_contribution(), {}, static_cast<Stance>(dice_.below(3)), draw_text(dice_), source_id()};
  if (dice_.percent(55)) {
    c.parent = some_comment();
    const auto parent = model_.comments.find(c.parent);
    if (parent != model_.comments.end() && !spoil()) c.target = parent->second.target;
  }
  issuer_ = dice_.percent(95) ? issued_by(anybody()) : issued_by_system();
  comments_.push_back(c.comment);
  return c;
}
Command Workload::draw_edit() {
  const CommentId which = some_comment();
  issuer_ = issued_by(anybody());
  const auto item = model_.comments.find(which);
  if (item != model_.comments.end()) issue_as_author(item->second.author);
  return EditComment{which, draw_text(dice_)};
}
Command Workload::draw_retract() {
  const CommentId which = some_comment();
  issuer_ = issued_by(anybody());
  const auto item = model_.comments.find(which);
  if (item != model_.comments.end()) issue_as_author(item->second.author);
  return RetractComment{which};
}
Command Workload::draw_ballot() {
  const ContributionId which = some_contribution();
  issuer_ = issued_by(anybody());
  const auto item = model_.contributions.find(which);
  const uint32_t version = item != model_.contributions.end() && !spoil() ? item->second.row.version : static_cast<uint32_t>(dice_.below(3));
  return CastBallot{which, version, dice_.from_one(kMaxChoice)};
}
Command Workload::draw_withdraw_ballot() {
  issuer_ = issued_by(anybody());
  return WithdrawBallot{some_contribution()};
}

ModerationTarget Workload::some_target() {
  ModerationTarget target{some_topic(), some_contribution(), {}};
  if (dice_.percent(40)) {
    target.comment = some_comment();
    const auto comment = model_.comments.find(target.comment);
    if (comment != model_.comments.end() && !spoil()) target.contribution = comment->second.target;
  }
  const auto item = model_.contributions.find(target.contribution);
  if (item != model_.contributions.end() && !spoil()) target.topic = item->second.row.topic;
  return target;
}
Command Workload::draw_flag() {
  const CaseId fresh{dice_.uuid()};
  FlagContent c{spoil() && !cases_.empty() ? dice_.pick(cases_) : fresh, some_target(), static_cast<Ground>(2 + dice_.below(spoil() ? 7 : 6)), draw_text(dice_)};
  issuer_ = issued_by(anybody());
  cases_.push_back(c.moderation_case);
  return c;
}
Command Workload::draw_moderation() {
  DecideModeration c{CaseId{dice_.uuid()}, some_target(), dice_.from_one(kMaxModerationAction), Ground::kInScope, draw_text(dice_),
                     spoil() ? std::string(dice_.below(2) * 129, 'p') : "house-rules/1", dice_.percent(20)};
  if (!cases_.empty() && dice_.percent(60)) {
    c.moderation_case = lively(dice_, cases_);
    const auto known = model_.cases.find(c.moderation_case);
    if (known != model_.cases.end() && !spoil()) c.target = known->second.row.target;
  }
  const bool in_favour = c.action == ModerationAction::kAccept || c.action == ModerationAction::kRestore;
  if (in_favour == spoil()) c.ground = static_cast<Ground>(2 + dice_.below(7));
  const auto topic = model_.topics.find(c.target.topic);
  if (topic != model_.topics.end()) issue_as(topic->second.row.organisation, Role::kModerator);
  cases_.push_back(c.moderation_case);
  return c;
}
Command Workload::draw_erasure() {
  EraseWords c;
  c.reason = dice_.from_one(kMaxErasureReason);
  c.subject_is_organisation = dice_.percent(10);
  c.subject = c.subject_is_organisation ? some_organisation().uuid : anybody().uuid;
  if (!c.subject_is_organisation && dice_.percent(50)) issuer_ = issued_by(ParticipantId{c.subject});
  if (dice_.percent(c.subject_is_organisation ? 2 : 40)) c.author = spoil() ? dice_.uuid() : c.subject;
  if (c.author.is_nil() || spoil()) {
    for (const WordId id : model_.words_in_order) {
      const KnownWord& word = model_.words.at(id);
      if (c.words.size() < 5 && (word.author == c.subject || dice_.below(2'000) == 0) && dice_.percent(40)) c.words.push_back(id);
    }
    if (spoil()) c.words.push_back(dice_.percent(50) ? WordId{} : WordId{dice_.uuid()});
    if (spoil() && !c.words.empty()) c.words.resize(dice_.percent(50) ? 2 : 1'001, c.words.front());
  }
  return c;
}
Command Workload::draw_import() {
  StartImport c;
  c.import = spoil() && !imports_.empty() ? dice_.pick(imports_) : ImportId{dice_.uuid()};
  c.source = spoil() ? std::string(dice_.below(2) * 257, 's') : "elsewhere/1";
  c.imported_at = now_;
  // Into a topic of its own organisation, or one yet to be launched: an importer knows no other.
  c.topic = some_topic();
  const auto topic = model_.topics.find(c.topic);
  c.organisation = topic != model_.topics.end() ? topic->second.row.organisation : OrganisationId{dice_.uuid()};
  c.attributes = draw_text(dice_);
  imports_.push_back(c.import);
  return c;
}

}  // namespace civiclog
