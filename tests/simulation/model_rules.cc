#include <algorithm>

#include "base/text.h"
#include "tests/simulation/model.h"

// Longer than other files because it is one list: every rule of participation, a command after the other.

namespace civiclog {
namespace {

constexpr size_t kMaxSourceId = 256;
constexpr size_t kMaxMethod = 64;
constexpr size_t kMaxPolicy = 128;
constexpr size_t kMaxErased = 1'000;
constexpr size_t kMaxPhasesOfTopic = 100;
constexpr size_t kMaxDepth = 3;

Expectation no(std::string code) { return {std::move(code), {}}; }

std::string normal(const Text& text) { return normalise_text(text.text, "a text").value_or(std::string()); }
bool blank(const Text& text) { return normal(text).empty(); }

bool shows(const ContributionRow& row) {
  return row.status == ItemStatus::kPublished || (row.status == ItemStatus::kPending && !row.pre_moderated);
}

// The code for a schedule that cannot be; empty when it can.
std::string schedule_fault(const std::vector<Phase>& phases) {
  std::optional<Timestamp> end;
  for (const Phase& phase : phases) {
    if (phase.ends_at < phase.starts_at) return "phase_ends_before_start";
    if (end && phase.starts_at < *end) return "phases_overlap";
    end = phase.ends_at;
  }
  return {};
}

std::vector<Phase> planned(const TopicRow& topic) {
  std::vector<Phase> phases;
  for (const PhaseRow& phase : topic.phases) phases.push_back(phase.planned);
  return phases;
}

PhasePermissions allowed(const TopicRow& topic) {
  return topic.current_phase ? topic.phases.at(*topic.current_phase).planned.allows : PhasePermissions{};
}

}  // namespace

// One command asked of the model as it is.
class Question {
 public:
  Question(const Model& model, const Issuer& issuer) : model_(model), issuer_(issuer) {}

  Expectation of(const RegisterOrganisation& c) {
    if (!system()) return no("role_missing");
    if (!is_valid_slug(c.slug)) return no("slug_invalid");
    if (organisation(organisation_id_of(c.slug)) != nullptr) return no("slug_taken");
    if (blank(c.name)) return no("text_missing");
    return yes(stream_of(organisation_id_of(c.slug)), acting_system(), OrganisationRegistered{c.slug, {}}, {c.name});
  }

  Expectation of(const GrantRole& c) {
    if (organisation(c.organisation) == nullptr) return no("organisation_unknown");
    const auto actor = as(c.organisation, {Role::kProcessOwner});
    if (!actor) return no("role_missing");
    if (c.role < Role::kStakeholder || c.role > Role::kPrivacyOfficer) return no("role_not_grantable");
    const Model::Participant* whom = participant(c.participant);
    if (whom == nullptr || whom->erased) return no("participant_unknown");
    if (model_.has_role(c.organisation, c.participant, c.role)) return no("role_held");
    return yes(stream_of(c.organisation), *actor, RoleGranted{c.participant, c.role}, {});
  }

  Expectation of(const RevokeRole& c) {
    if (organisation(c.organisation) == nullptr) return no("organisation_unknown");
    const auto actor = as(c.organisation, {Role::kProcessOwner});
    if (!actor) return no("role_missing");
    if (!model_.has_role(c.organisation, c.participant, c.role)) return no("role_not_held");
    if (blank(c.reason)) return no("reason_missing");
    return by_organisation(c.organisation, yes(stream_of(c.organisation), *actor, RoleRevoked{c.participant, c.role, {}}, {c.reason}));
  }

  Expectation of(const Join& c) {
    if (!system() && issuer_.participant != c.participant) return no("not_yours");
    if (c.participant.is_nil() || c.source_id.size() > kMaxSourceId) return no("participant_invalid");
    if (participant(c.participant) != nullptr) return no("participant_exists");
    const Actor actor = system() ? acting_system() : acting_participant(c.participant, Role::kCitizen);
    return yes(stream_of(c.participant), actor, ParticipantJoined{c.source_id}, {});
  }

  Expectation of(const VerifyParticipant& c) {
    if (!system()) return no("role_missing");
    const Model::Participant* whom = participant(c.participant);
    if (whom == nullptr) return no("participant_unknown");
    if (whom->erased) return no("participant_erased");
    if (!whom->identity.is_nil()) return no("participant_verified");
    if (c.method.empty() || c.method.size() > kMaxMethod) return no("method_invalid");
    if (blank(c.identity)) return no("text_missing");
    return yes(stream_of(c.participant), acting_system(), ParticipantVerified{c.method, {}}, {c.identity});
  }

  Expectation of(const LaunchTopic& c) {
    if (organisation(c.organisation) == nullptr) return no("organisation_unknown");
    const auto actor = as(c.organisation, {Role::kProcessOwner, Role::kEditor});
    if (!actor) return no("role_missing");
    if (!is_valid_slug(c.slug)) return no("slug_invalid");
    if (c.source_id.size() > kMaxSourceId) return no("source_id_too_long");
    if (topic(topic_id_of(c.slug)) != nullptr) return no("slug_taken");
    if (blank(c.title)) return no("text_missing");
    return by_organisation(c.organisation, yes(stream_of(topic_id_of(c.slug)), *actor,
                                               TopicLaunched{c.organisation, c.slug, {}, {}, c.source_id}, {c.title, c.summary}));
  }

  Expectation of(const DefinePhases& c) {
    return steer(c.topic, [&](const Model::Topic& topic, const Actor& actor) {
      if (topic.last_opened) return no("phases_frozen");
      if (c.phases.empty() || c.phases.size() > kMaxPhasesOfTopic) return no("phases_invalid");
      if (const std::string fault = schedule_fault(c.phases); !fault.empty()) return no(fault);
      return yes(stream_of(c.topic), actor, PhasesDefined{c.phases}, {});
    });
  }

  Expectation of(const SetRules& c) {
    return steer(c.topic, [&](const Model::Topic& topic, const Actor& actor) {
      if (topic.last_opened) return no("rules_frozen");
      const std::set<ContributionKind> once(c.rules.kinds.begin(), c.rules.kinds.end());
      if (once.empty() || std::vector(once.begin(), once.end()) != c.rules.kinds) return no("rules_invalid");
      return yes(stream_of(c.topic), actor, RulesSet{c.rules, {}}, {c.reason});
    });
  }

  Expectation of(const OpenPhase& c) {
    return steer(c.topic, [&](const Model::Topic& topic, const Actor& actor) {
      if (!topic.rules_set) return no("rules_missing");
      if (c.phase >= topic.row.phases.size()) return no("phase_unknown");
      if (topic.row.current_phase) return no("phases_overlap");
      if (topic.last_opened && c.phase <= *topic.last_opened) return no("phase_never_reopens");
      Expectation verdict = yes(stream_of(c.topic), actor, PhaseOpened{c.phase, {}}, {c.reason});
      if (!topic.row.box && topic.row.phases[c.phase].planned.allows.vote) {
        verdict.events.push_back(
            {stream_of(c.topic), actor, BoxOpened{{}, topic.row.rules.secrecy, {}, rules_hash(topic.row.rules)}, {}});
      }
      return verdict;
    });
  }

  Expectation of(const ClosePhase& c) {
    return steer(c.topic, [&](const Model::Topic& topic, const Actor& actor) {
      if (topic.row.current_phase != c.phase) return no("phase_not_open");
      Expectation verdict = yes(stream_of(c.topic), actor, PhaseClosed{c.phase, {}}, {c.reason});
      bool votes_later = false;
      for (size_t i = c.phase + 1u; i < topic.row.phases.size(); ++i) votes_later |= topic.row.phases[i].planned.allows.vote;
      if (box_is_open(topic) && !votes_later) {
        verdict.events.push_back({stream_of(c.topic), actor, BoxClosed{topic.row.box->id}, {}});
      }
      return verdict;
    });
  }

  Expectation of(const ExtendPhase& c) {
    return steer(c.topic, [&](const Model::Topic& topic, const Actor& actor) {
      if (topic.row.current_phase != c.phase) return no("phase_not_open");
      if (blank(c.justification)) return no("reason_missing");
      std::vector<Phase> phases = planned(topic.row);
      const Timestamp old_end = phases[c.phase].ends_at;
      if (c.new_end <= old_end) return no("not_an_extension");
      phases[c.phase].ends_at = c.new_end;
      if (const std::string fault = schedule_fault(phases); !fault.empty()) return no(fault);
      return yes(stream_of(c.topic), actor, PhaseExtended{c.phase, old_end, c.new_end, {}}, {c.justification});
    });
  }

  Expectation of(const SubmitContribution& c) {
    const Model::Topic* where = topic(c.topic);
    if (where == nullptr) return no("topic_unknown");
    if (contribution(c.contribution) != nullptr) return no("contribution_exists");
    if (!takes_part()) return no("participant_unknown");
    if (!allowed(where->row).submit) return no("phase_forbids");
    if (std::ranges::count(where->row.rules.kinds, c.kind) == 0) return no("kind_not_accepted");
    const OrganisationId owner = where->row.organisation;
    const Actor author = contributing(owner);
    const bool proposes = system() || author.role == Role::kEditor || author.role == Role::kProcessOwner;
    if (c.kind == ContributionKind::kPolicy && !proposes) return no("role_missing");
    const bool is_article = c.kind == ContributionKind::kArticle;
    if (is_article && blank(c.link)) return no("link_missing");
    if (!is_article && !blank(c.link)) return no("link_unexpected");
    if (blank(c.body) && c.source_id.empty()) return no("text_missing");
    if (c.source_id.size() > kMaxSourceId) return no("source_id_too_long");
    return by_author(owner, system() || c.kind == ContributionKind::kPolicy,
                     yes(stream_of(c.contribution), author,
                         ContributionSubmitted{c.topic, c.kind, where->row.rules.pre_moderation, {}, {}, {}, c.source_id},
                         {c.title, c.body, c.link}));
  }

  Expectation of(const ReviseContribution& c) {
    const Model::Contribution* item = contribution(c.contribution);
    if (item == nullptr) return no("contribution_unknown");
    if (!wrote(item->row.author)) return no("not_yours");
    if (!shows(item->row)) return no("not_visible");
    if (c.revises_version && *c.revises_version != item->row.version) return no("version_conflict");
    const Model::Topic& where = *topic(item->row.topic);
    if (!allowed(where.row).submit) return no("phase_forbids");
    if (c.substantive && box_is_open(where)) return no("being_voted_on");
    if (blank(c.body)) return no("text_missing");
    return by_author(where.row.organisation, system(),
                     yes(stream_of(c.contribution), contributing(where.row.organisation),
                         ContributionRevised{item->row.topic, item->row.version + 1, c.substantive, {}, {}}, {c.title, c.body}));
  }

  Expectation of(const WithdrawContribution& c) {
    const Model::Contribution* item = contribution(c.contribution);
    if (item == nullptr) return no("contribution_unknown");
    if (!wrote(item->row.author)) return no("not_yours");
    if (item->row.status == ItemStatus::kWithdrawn) return no("withdrawn");
    const OrganisationId owner = topic(item->row.topic)->row.organisation;
    return by_author(owner, system(),
                     yes(stream_of(c.contribution), contributing(owner), ContributionWithdrawn{item->row.topic, {}}, {c.reason}));
  }

  Expectation of(const PostComment& c) {
    if (comment(c.comment) != nullptr) return no("comment_exists");
    const Model::Contribution* target = contribution(c.target);
    if (target == nullptr) return no("contribution_unknown");
    if (!takes_part()) return no("participant_unknown");
    const Model::Topic& where = *topic(target->row.topic);
    if (!allowed(where.row).comment) return no("phase_forbids");
    if (!shows(target->row)) return no("target_not_visible");
    size_t depth = 0;
    if (!c.parent.is_nil()) {
      const CommentRow* parent = comment(c.parent);
      if (parent == nullptr || parent->target != c.target) return no("parent_unknown");
      if (parent->status != ItemStatus::kPublished) return no("parent_not_visible");
      if (parent->depth == kMaxDepth) return no("too_deep");
      depth = parent->depth + 1u;
    }
    if (blank(c.body)) return no("text_missing");
    if (c.source_id.size() > kMaxSourceId) return no("source_id_too_long");
    return by_author(where.row.organisation, system(),
                     yes(stream_of(c.comment), contributing(where.row.organisation),
                         CommentPosted{target->row.topic, c.target, c.parent, static_cast<uint8_t>(depth), {}, c.source_id, c.stance},
                         {c.body}));
  }

  Expectation of(const EditComment& c) {
    const CommentRow* item = comment(c.comment);
    if (item == nullptr) return no("comment_unknown");
    if (!wrote(item->author)) return no("not_yours");
    if (item->status != ItemStatus::kPublished) return no("not_visible");
    if (!shows(contribution(item->target)->row)) return no("target_not_visible");
    const Model::Topic& where = *topic(item->topic);
    if (!allowed(where.row).comment) return no("phase_forbids");
    if (blank(c.body)) return no("text_missing");
    return by_author(where.row.organisation, system(),
                     yes(stream_of(c.comment), contributing(where.row.organisation),
                         CommentEdited{item->topic, item->target, item->version + 1, {}}, {c.body}));
  }

  Expectation of(const RetractComment& c) {
    const CommentRow* item = comment(c.comment);
    if (item == nullptr) return no("comment_unknown");
    if (!wrote(item->author)) return no("not_yours");
    if (item->status == ItemStatus::kWithdrawn) return no("withdrawn");
    return yes(stream_of(c.comment), contributing(topic(item->topic)->row.organisation), CommentRetracted{item->topic, item->target}, {});
  }

  Expectation of(const CastBallot& c) {
    return vote(c.contribution, [&](const Model::Contribution& item, const StreamId& stream, const BallotRow* standing) {
      if (c.contribution_version != item.row.version) return no("version_conflict");
      const TopicId where = item.row.topic;
      Payload payload = BallotCast{where, c.contribution, c.contribution_version, c.choice};
      if (standing != nullptr && standing->choice == c.choice) {
        payload = BallotReaffirmed{where, c.contribution, c.contribution_version, c.choice};
      } else if (standing != nullptr) {
        payload = BallotChanged{where, c.contribution, c.contribution_version, standing->choice, c.choice};
      }
      return yes(stream, acting_tag(Tag{stream.tag}), payload, {});
    });
  }

  Expectation of(const WithdrawBallot& c) {
    return vote(c.contribution, [&](const Model::Contribution& item, const StreamId& stream, const BallotRow* standing) {
      if (standing == nullptr) return no("no_choice");
      return yes(stream, acting_tag(Tag{stream.tag}), BallotWithdrawn{item.row.topic, c.contribution, standing->choice}, {});
    });
  }

  Expectation of(const FlagContent& c) {
    if (model_.cases.contains(c.moderation_case)) return no("case_exists");
    const auto target = target_of(c.target);
    if (!target) return no("target_unknown");
    if (!system() && participant(issuer_.participant) == nullptr) return no("participant_unknown");
    if (c.ground == Ground::kInScope || c.ground == Ground::kImported) return no("ground_invalid");
    if (target->status != ItemStatus::kPublished && target->status != ItemStatus::kPending) return no("not_visible");
    const Actor actor = system() ? acting_system() : acting_participant(issuer_.participant, Role::kCitizen);
    return by_author(topic(c.target.topic)->row.organisation, system(),
                     yes(stream_of(c.moderation_case), actor, ContentFlagged{c.target, c.ground, {}}, {c.explanation}));
  }

  Expectation of(const DecideModeration& c) {
    const auto target = target_of(c.target);
    if (!target) return no("target_unknown");
    const OrganisationId owner = topic(c.target.topic)->row.organisation;
    const auto actor = as(owner, {Role::kModerator});
    if (!actor) return no("role_missing");
    const auto known = model_.cases.find(c.moderation_case);
    if (known != model_.cases.end() && known->second.row.target != c.target) return no("case_mismatch");
    if (!system() && target->author.id == issuer_.participant.uuid) return no("own_content");
    const bool in_favour = c.action == ModerationAction::kAccept || c.action == ModerationAction::kRestore;
    if (c.ground != Ground::kImported && in_favour != (c.ground == Ground::kInScope)) return no("ground_invalid");
    if (blank(c.facts)) return no("facts_missing");
    if (c.policy_ref.empty() || c.policy_ref.size() > kMaxPolicy) return no("policy_missing");
    const auto after = moderated(c.action, target->status);
    if (!after) return no("action_invalid");
    Expectation verdict = yes(stream_of(c.moderation_case), *actor,
                          ModerationDecided{c.target, c.action, c.ground, {}, c.policy_ref, c.automated}, {c.facts});
    if (c.target.comment.is_nil()) {
      verdict.events.push_back({stream_of(c.target.contribution), *actor,
                                ContributionModerated{c.target.topic, c.moderation_case, c.action, *after}, {}});
    } else {
      verdict.events.push_back(
          {stream_of(c.target.comment), *actor,
           CommentModerated{c.target.topic, c.target.contribution, c.moderation_case, c.action, *after}, {}});
    }
    return by_organisation(owner, verdict);
  }

  Expectation of(const EraseWords& c) {
    const bool known = c.subject_is_organisation ? organisation(OrganisationId{c.subject}) != nullptr
                                                 : participant(ParticipantId{c.subject}) != nullptr;
    if (!known) return no("subject_unknown");
    const bool own = !system() && !c.subject_is_organisation && issuer_.participant.uuid == c.subject;
    if (!system() && !own) return no("not_yours");
    if (c.author.is_nil() && c.words.empty()) return no("nothing_to_erase");
    if (!c.author.is_nil() && c.author != c.subject) return no("author_mismatch");
    for (const WordId id : c.words) {
      const auto word = model_.words.find(id);
      const bool here = word != model_.words.end() && word->second.erased == Position{};
      if (here ? word->second.author != c.subject : !system()) return no("author_mismatch");
    }
    if (c.words.size() > kMaxErased) return no("too_many_words");
    const StreamId stream = c.subject_is_organisation ? stream_of(OrganisationId{c.subject}) : stream_of(ParticipantId{c.subject});
    const Actor actor = system() ? acting_system() : acting_participant(issuer_.participant, Role::kCitizen);
    return yes(stream, actor, WordsErased{c.author, c.words, c.reason}, {});
  }

  Expectation of(const StartImport& c) {
    if (!system()) return no("role_missing");
    if (organisation(c.organisation) == nullptr) return no("organisation_unknown");
    if (model_.imports.contains(c.import)) return no("import_exists");
    if (c.source.empty() || c.source.size() > 256) return no("source_invalid");
    return by_organisation(c.organisation, yes(stream_of(c.import), acting_system(),
                                               ImportStarted{c.source, c.content_digest, c.imported_at, c.drives_clock, c.topic, {}},
                                               {c.attributes}));
  }

 private:
  struct Target {
    ItemStatus status;
    Actor author;
  };

  static Expectation yes(const StreamId& stream, const Actor& actor, Payload payload, const std::vector<Text>& texts) {
    ExpectedEvent event{stream, actor, std::move(payload), {}};
    for (const Text& text : texts) event.texts.push_back(normal(text));
    return {{}, {std::move(event)}};
  }

  bool system() const { return issuer_.is_system(); }
  template <typename Map, typename Key>
  static auto* in(Map& map, const Key& key) {
    const auto found = map.find(key);
    return found != map.end() ? &found->second : nullptr;
  }
  const Model::Organisation* organisation(OrganisationId id) const { return in(model_.organisations, id); }
  const Model::Participant* participant(ParticipantId id) const { return in(model_.participants, id); }
  const Model::Topic* topic(TopicId id) const { return in(model_.topics, id); }
  const Model::Contribution* contribution(ContributionId id) const { return in(model_.contributions, id); }
  const CommentRow* comment(CommentId id) const { return in(model_.comments, id); }

  bool takes_part() const {
    const Model::Participant* who = participant(issuer_.participant);
    return system() || (who != nullptr && !who->erased);
  }
  bool wrote(const Actor& author) const { return system() || author.id == issuer_.participant.uuid; }
  static bool box_is_open(const Model::Topic& topic) { return topic.row.box && !topic.row.box->closed; }

  std::optional<Actor> as(OrganisationId where, std::initializer_list<Role> roles) const {
    if (system()) return acting_system();
    for (const Role role : roles) {
      if (model_.has_role(where, issuer_.participant, role)) return acting_participant(issuer_.participant, role);
    }
    return std::nullopt;
  }
  Actor contributing(OrganisationId where) const {
    return as(where, {Role::kEditor, Role::kProcessOwner, Role::kStakeholder})
        .value_or(acting_participant(issuer_.participant, Role::kCitizen));
  }

  // Whose words have all been erased writes no new ones: their key is destroyed for ever.
  static bool brings_words(const Expectation& verdict) {
    return verdict.accepted() && std::ranges::any_of(verdict.events.front().texts, [](const std::string& t) { return !t.empty(); });
  }
  Expectation by_organisation(OrganisationId whose, Expectation verdict) const {
    if (brings_words(verdict) && organisation(whose)->erased) return no("organisation_erased");
    return verdict;
  }
  Expectation by_author(OrganisationId whose, bool is_the_organisations, Expectation verdict) const {
    if (is_the_organisations) return by_organisation(whose, std::move(verdict));
    if (brings_words(verdict) && participant(issuer_.participant)->erased) return no("participant_erased");
    return verdict;
  }

  template <typename Rest>
  Expectation steer(TopicId id, Rest rest) const {
    const Model::Topic* where = topic(id);
    if (where == nullptr) return no("topic_unknown");
    const auto actor = as(where->row.organisation, {Role::kProcessOwner});
    if (!actor) return no("role_missing");
    return by_organisation(where->row.organisation, rest(*where, *actor));
  }

  template <typename Rest>
  Expectation vote(ContributionId id, Rest rest) const {
    if (system()) return no("not_a_voter");
    const Model::Participant* voter = participant(issuer_.participant);
    if (voter == nullptr) return no("participant_unknown");
    if (voter->erased || voter->identity.is_nil()) return no("not_verified");
    const Model::Contribution* item = contribution(id);
    if (item == nullptr) return no("contribution_unknown");
    const TopicRow& where = topic(item->row.topic)->row;
    if (!where.box) return no("box_not_open");
    if (where.box->closed) return no("box_closed");
    if (!allowed(where).vote) return no("phase_forbids");
    const Model::Organisation& owner = *organisation(where.organisation);
    const auto roles = owner.roles.find(issuer_.participant);
    if (roles != owner.roles.end() && !roles->second.roles.empty()) return no("not_counted_with_citizens");
    if (!shows(item->row)) return no("not_votable");
    const Tag* tag = in(model_.tags, std::pair(where.box->id, model_.words.at(voter->identity).text));
    const BallotRow* standing = tag != nullptr ? in(item->ballots, std::pair(where.box->id, *tag)) : nullptr;
    return rest(*item, stream_of(where.box->id, tag != nullptr ? *tag : Tag{}), standing);
  }

  std::optional<Target> target_of(const ModerationTarget& target) const {
    const Model::Contribution* item = contribution(target.contribution);
    if (item == nullptr || item->row.topic != target.topic) return std::nullopt;
    if (target.comment.is_nil()) return Target{item->row.status, item->row.author};
    const CommentRow* about = comment(target.comment);
    if (about == nullptr || about->target != target.contribution) return std::nullopt;
    return Target{about->status, about->author};
  }

  static std::optional<ItemStatus> moderated(ModerationAction action, ItemStatus now) {
    const bool fresh = now == ItemStatus::kPending || now == ItemStatus::kPublished;
    const bool taken_down = now == ItemStatus::kHidden || now == ItemStatus::kRejected;
    if (action == ModerationAction::kAccept && now == ItemStatus::kPending) return ItemStatus::kPublished;
    if (action == ModerationAction::kReject && fresh) return ItemStatus::kRejected;
    if (action == ModerationAction::kHide && fresh) return ItemStatus::kHidden;
    if (action == ModerationAction::kRestore && taken_down) return ItemStatus::kPublished;
    return std::nullopt;
  }

  const Model& model_;
  const Issuer& issuer_;
};

Expectation Model::ask(const CommandRequest& request) const {
  Command command = request.command;
  for (const Text* text : texts_of(command)) {
    if (!normalise_text(text->text, "a text")) return {"invalid_argument", {}};
  }
  Question question(*this, request.issuer);
  return std::visit([&](const auto& asked) { return question.of(asked); }, request.command);
}

}  // namespace civiclog
