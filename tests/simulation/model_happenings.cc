#include <algorithm>

#include <fmt/format.h>

#include "tests/simulation/model.h"

namespace civiclog {
namespace {

template <typename Event>
std::vector<WordRef*> refs_of(Event& event) {
  std::vector<WordRef*> out;
  const auto take = [&out](auto& field) {
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(field)>, WordRef>) out.push_back(&field);
  };
  if constexpr (requires { event.name; }) take(event.name);
  if constexpr (requires { event.identity; }) take(event.identity);
  if constexpr (requires { event.title; }) take(event.title);
  if constexpr (requires { event.summary; }) take(event.summary);
  if constexpr (requires { event.body; }) take(event.body);
  if constexpr (requires { event.link; }) take(event.link);
  if constexpr (requires { event.reason; }) take(event.reason);
  if constexpr (requires { event.justification; }) take(event.justification);
  if constexpr (requires { event.explanation; }) take(event.explanation);
  if constexpr (requires { event.facts; }) take(event.facts);
  if constexpr (requires { event.attributes; }) take(event.attributes);
  return out;
}

Payload without_what_is_drawn(Payload payload) {
  for (WordRef* ref : words_in(payload)) *ref = {};
  if (auto* opened = std::get_if<BoxOpened>(&payload)) {
    opened->box = {};
    opened->key_fingerprint = {};
  }
  return payload;
}

}  // namespace

std::vector<WordRef*> words_in(Payload& payload) {
  return std::visit([](auto& event) { return refs_of(event); }, payload);
}

std::string Model::compare(const ExpectedEvent& expected, const RecordedEvent& event) const {
  StreamId stream = event.envelope.stream;
  Actor actor = event.envelope.actor;
  if (expected.stream.kind == StreamKind::kBallot && expected.stream.tag.is_nil()) {
    for (const auto& [whose, tag] : tags) {
      if (whose.first.uuid == stream.id && tag.uuid == stream.tag) return "a new voter votes under the tag of another";
    }
    stream.tag = {};
    actor.id = {};
  }
  if (stream != expected.stream) return fmt::format("its stream is {}, not {}", stream.text(), expected.stream.text());
  if (actor != expected.actor) {
    return fmt::format("its actor is {} as {}, not {} as {}", actor.id.text(), name_of(actor.role), expected.actor.id.text(),
                       name_of(expected.actor.role));
  }
  if (expected.payload.index() != event.payload.index()) return "it is of another type: " + event.envelope.type;
  if (without_what_is_drawn(event.payload) != expected.payload) return "a field has another value: " + event.envelope.type;
  Payload copy = event.payload;
  const std::vector<WordRef*> refs = words_in(copy);
  for (size_t i = 0; i < refs.size(); ++i) {
    const bool wanted = i < expected.texts.size() && !expected.texts[i].empty();
    if (refs[i]->is_given() != wanted) return fmt::format("its word {} is {}", i, wanted ? "missing" : "not to be there");
    if (wanted && words.contains(refs[i]->id)) return "a word is used twice";
  }
  return {};
}

// What one event does to the world.
class Happening {
 public:
  Happening(Model& model, const Envelope& envelope) : model_(model), envelope_(envelope), at_(envelope.position) {}

  void of(const OrganisationRegistered& e) {
    const OrganisationId id{envelope_.stream.id};
    model_.organisations[id].row = {id, e.slug, e.name.id, moment(), at_};
  }
  void of(const RoleGranted& e) {
    RoleRow& row = roles(e.participant);
    row.roles.push_back({e.role, at_});
  }
  void of(const RoleRevoked& e) {
    RoleRow& row = roles(e.participant);
    std::erase_if(row.roles, [&](const HeldRole& held) { return held.role == e.role; });
  }
  void of(const ParticipantJoined& e) {
    const ParticipantId id{envelope_.stream.id};
    ParticipantRow& row = model_.participants[id].row;
    row.id = id;
    row.source_id = e.source_id;
    row.joined = moment();
    row.changed = at_;
  }
  void of(const ParticipantVerified& e) {
    Model::Participant& who = model_.participants.at(ParticipantId{envelope_.stream.id});
    who.identity = e.identity.id;
    who.row.verified = moment();
    who.row.method = e.method;
    who.row.identity = e.identity.id;
    who.row.changed = at_;
  }
  void of(const WordsErased& e) {
    model_.erasures.push_back({moment(), e.reason, !e.author.is_nil(), e.words.size()});
    for (auto& [id, word] : model_.words) {
      const bool listed = std::ranges::find(e.words, id) != e.words.end();
      const bool all = !e.author.is_nil() && word.author == e.author;
      if ((listed || all) && word.erased == Position{}) word.erased = at_;
    }
    if (envelope_.stream.kind == StreamKind::kOrganisation) {
      if (!e.author.is_nil()) model_.organisations.at(OrganisationId{envelope_.stream.id}).erased = true;
      return;
    }
    Model::Participant& who = model_.participants.at(ParticipantId{envelope_.stream.id});
    if (!e.author.is_nil()) who.erased = true;
    if (std::ranges::find(e.words, who.identity) != e.words.end()) who.identity = {};
  }
  void of(const TopicLaunched& e) {
    const TopicId id{envelope_.stream.id};
    TopicRow& row = model_.topics[id].row;
    row = {id, e.organisation, e.slug, e.title.id, e.summary.id, e.source_id, moment(), {}, {}, {}, {}, at_};
  }
  void of(const PhasesDefined& e) {
    TopicRow& row = topic().row;
    row.phases.clear();
    for (const Phase& phase : e.phases) row.phases.push_back({phase, {}, {}});
  }
  void of(const RulesSet& e) {
    topic().row.rules = e.rules;
    topic().rules_set = true;
  }
  void of(const PhaseOpened& e) {
    topic().row.current_phase = e.phase;
    topic().last_opened = e.phase;
    topic().row.phases.at(e.phase).opened = moment();
  }
  void of(const PhaseClosed& e) {
    topic().row.current_phase.reset();
    topic().row.phases.at(e.phase).closed = moment();
  }
  void of(const PhaseExtended& e) { topic().row.phases.at(e.phase).planned.ends_at = e.new_end; }
  void of(const BoxOpened& e) {
    topic().row.box = BoxRow{e.box, e.secrecy, e.key_fingerprint, e.rules_hash, moment(), {}};
    Model::Box& box = model_.boxes[e.box];
    box.topic = TopicId{envelope_.stream.id};
    box.acts.topic = box.topic;
    box.acts.position = at_;
  }
  void of(const BoxClosed&) { topic().row.box->closed = moment(); }
  void of(const ContributionSubmitted& e) {
    const ContributionId id{envelope_.stream.id};
    Model::Contribution& item = model_.contributions[id];
    item.row = {id, e.topic, e.kind, envelope_.actor, e.title.id, e.body.id, e.link.id, 1, e.pre_moderated, ItemStatus::kPending,
                e.source_id, moment(), {}, at_};
    item.acts.position = at_;
  }
  void of(const ContributionRevised& e) {
    ContributionRow& row = contribution();
    row.version = e.version;
    row.title = e.title.id;
    row.body = e.body.id;
  }
  void of(const ContributionWithdrawn&) { contribution().status = ItemStatus::kWithdrawn; }
  void of(const ContributionModerated& e) {
    ContributionRow& row = contribution();
    row.status = e.status;
    row.moderation = ModerationMark{e.moderation_case, e.action, at_};
  }
  void of(const CommentPosted& e) {
    const CommentId id{envelope_.stream.id};
    std::string path = e.parent.is_nil() ? "" : model_.comments.at(e.parent).path;
    for (int shift = 56; shift >= 0; shift -= 8) path += static_cast<char>(at_.value >> shift & 0xff);
    model_.comments[id] = {id,     e.topic,     e.target, e.parent, e.depth, e.stance, envelope_.actor, e.body.id, 1, ItemStatus::kPublished,
                           e.source_id, moment(), {},       at_,     path};
  }
  void of(const CommentEdited& e) {
    comment().version = e.version;
    comment().body = e.body.id;
  }
  void of(const CommentRetracted&) { comment().status = ItemStatus::kWithdrawn; }
  void of(const CommentModerated& e) {
    comment().status = e.status;
    comment().moderation = ModerationMark{e.moderation_case, e.action, at_};
  }
  void of(const BallotCast& e) {
    ballots(e.contribution)[key()] = {e.choice, e.contribution_version, at_, moment()};
    count(e.contribution, &TallyRow::cast, &BoxCounts::cast, &VoterRow::cast);
  }
  void of(const BallotChanged& e) {
    BallotRow& row = ballots(e.contribution).at(key());
    row = {e.choice, e.contribution_version, row.first, moment()};
    count(e.contribution, &TallyRow::changed, &BoxCounts::changed, &VoterRow::changed);
  }
  void of(const BallotReaffirmed& e) {
    BallotRow& row = ballots(e.contribution).at(key());
    row = {e.choice, e.contribution_version, row.first, moment()};
    count(e.contribution, &TallyRow::reaffirmed, &BoxCounts::reaffirmed, &VoterRow::reaffirmed);
  }
  void of(const BallotWithdrawn& e) {
    ballots(e.contribution).erase(key());
    count(e.contribution, &TallyRow::withdrawn, &BoxCounts::withdrawn, &VoterRow::withdrawn);
  }
  void of(const ContentFlagged& e) {
    Model::Case& about = moderation_case(e.target);
    ++about.row.flags;
    about.flags.push_back({e.ground, e.explanation.id, envelope_.actor, moment()});
  }
  void of(const ModerationDecided& e) {
    Model::Case& about = moderation_case(e.target);
    ++about.row.decisions;
    about.row.last_action = e.action;
    about.decisions.push_back({e.action, e.ground, e.facts.id, e.policy_ref, e.automated, envelope_.actor, moment()});
  }
  void of(const ImportStarted& e) {
    const ImportId id{envelope_.stream.id};
    model_.imports.insert(id);
    model_.origins[e.topic] = {id, e.topic, e.source, e.content_digest, e.imported_at, e.drives_clock, e.attributes.id, at_};
  }

  // The last event of a thing itself.
  void touch() {
    if (envelope_.stream.kind == StreamKind::kTopic) topic().row.changed = at_;
    if (envelope_.stream.kind == StreamKind::kContribution) contribution().changed = at_;
    if (envelope_.stream.kind == StreamKind::kComment) comment().changed = at_;
  }

 private:
  Moment moment() const { return {at_, envelope_.occurred_at.value_or(envelope_.recorded_at)}; }
  Model::Topic& topic() { return model_.topics.at(TopicId{envelope_.stream.id}); }
  ContributionRow& contribution() { return model_.contributions.at(ContributionId{envelope_.stream.id}).row; }
  CommentRow& comment() { return model_.comments.at(CommentId{envelope_.stream.id}); }
  RoleRow& roles(ParticipantId whose) {
    Model::Organisation& where = model_.organisations.at(OrganisationId{envelope_.stream.id});
    where.row.changed = at_;
    RoleRow& row = where.roles[whose];
    row.organisation = where.row.id;
    row.participant = whose;
    row.changed = at_;
    return row;
  }
  Model::Case& moderation_case(const ModerationTarget& target) {
    const CaseId id{envelope_.stream.id};
    Model::Case& about = model_.cases[id];
    if (about.row.id.is_nil()) about.row = {id, target, 0, 0, {}, moment(), at_};
    about.row.changed = at_;
    return about;
  }
  std::pair<BoxId, Tag> key() const { return {BoxId{envelope_.stream.id}, Tag{envelope_.stream.tag}}; }
  std::map<std::pair<BoxId, Tag>, BallotRow>& ballots(ContributionId id) { return model_.contributions.at(id).ballots; }
  void count(ContributionId id, uint64_t TallyRow::*of_item, uint64_t BoxCounts::*of_box, uint32_t VoterRow::*of_voter) {
    TallyRow& item = model_.contributions.at(id).acts;
    ++(item.*of_item);
    item.position = at_;
    Model::Box& box = model_.boxes.at(key().first);
    ++(box.acts.*of_box);
    box.acts.position = at_;
    VoterRow& voter = box.voters[key().second];
    if (voter.first == Position{}) voter.first = at_;
    ++(voter.*of_voter);
    voter.position = at_;
  }

  Model& model_;
  const Envelope& envelope_;
  const Position at_;
};

void Model::happen(const RecordedEvent& event) {
  Happening happening(*this, event.envelope);
  std::visit([&](const auto& payload) { happening.of(payload); }, event.payload);
  happening.touch();
}

bool Model::has_role(OrganisationId organisation, ParticipantId participant, Role role) const {
  const auto where = organisations.find(organisation);
  if (where == organisations.end()) return false;
  const auto held = where->second.roles.find(participant);
  if (held == where->second.roles.end()) return false;
  return std::ranges::any_of(held->second.roles, [&](const HeldRole& one) { return one.role == role; });
}

}  // namespace civiclog
