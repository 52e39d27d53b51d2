#include "commands/decider.h"

#include <algorithm>

#include "base/check.h"
#include "commands/words.h"
#include "events/payload_codec.h"

namespace civiclog {
namespace {

// What is on the desk of one decision. Each load_… returns an error only when the log itself cannot be read.
struct Desk {
  const Issuer& issuer;
  Loader& loader;
  Secrets& secrets;

  template <typename State, typename Id>
  Result<const State*> load(Id id) {
    return loader.load<State>(stream_of(id));
  }
  Result<const ParticipantState*> load_issuer() { return load<ParticipantState>(issuer.participant); }
};

#define CIVICLOG_LOAD(name, expression)        \
  const auto name##_loaded = (expression);     \
  if (!name##_loaded) return name##_loaded.error(); \
  const auto& name = **name##_loaded

Result<Decision> run(const RegisterOrganisation& c, Desk& desk) {
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(organisation_id_of(c.slug)));
  return decide(c, desk.issuer, organisation);
}

Result<Decision> run(const GrantRole& c, Desk& desk) {
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(c.organisation));
  CIVICLOG_LOAD(participant, desk.load<ParticipantState>(c.participant));
  return decide(c, desk.issuer, organisation, participant.exists && !participant.erased);
}

Result<Decision> run(const RevokeRole& c, Desk& desk) {
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(c.organisation));
  return decide(c, desk.issuer, organisation);
}

Result<Decision> run(const Join& c, Desk& desk) {
  CIVICLOG_LOAD(participant, desk.load<ParticipantState>(c.participant));
  return decide(c, desk.issuer, participant);
}

Result<Decision> run(const VerifyParticipant& c, Desk& desk) {
  CIVICLOG_LOAD(participant, desk.load<ParticipantState>(c.participant));
  return decide(c, desk.issuer, participant);
}

Result<Decision> run(const LaunchTopic& c, Desk& desk) {
  CIVICLOG_LOAD(topic, desk.load<TopicState>(topic_id_of(c.slug)));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(c.organisation));
  return decide(c, desk.issuer, topic, organisation);
}

// The commands that steer an existing topic.
template <typename Steering>
  requires requires(const Steering& c, const Issuer& i, const TopicState& t, const OrganisationState& o) { decide(c, i, t, o); } &&
           (!std::is_same_v<Steering, LaunchTopic>)
Result<Decision> run(const Steering& c, Desk& desk) {
  CIVICLOG_LOAD(topic, desk.load<TopicState>(c.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, topic, organisation);
}

Result<Decision> run(const OpenPhase& c, Desk& desk) {
  CIVICLOG_LOAD(topic, desk.load<TopicState>(c.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  // Decided first without a key, so that a rejected command leaves none in the vault.
  Result<Decision> decision = decide(c, desk.issuer, topic, organisation, NewBox{});
  if (!decision || !opens_box(c, topic)) return decision;
  if (organisation.erased && c.reason.word.is_given()) return organisation_erased();
  const Result<NewBox> box = desk.secrets.new_box();
  if (!box) return box.error();
  return decide(c, desk.issuer, topic, organisation, *box);
}

Result<Decision> run(const SubmitContribution& c, Desk& desk) {
  CIVICLOG_LOAD(contribution, desk.load<ContributionState>(c.contribution));
  CIVICLOG_LOAD(participant, desk.load_issuer());
  CIVICLOG_LOAD(topic, desk.load<TopicState>(c.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, contribution, participant, topic, organisation);
}

Result<Decision> run(const ReviseContribution& c, Desk& desk) {
  CIVICLOG_LOAD(contribution, desk.load<ContributionState>(c.contribution));
  CIVICLOG_LOAD(topic, desk.load<TopicState>(contribution.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, contribution, topic, organisation);
}

Result<Decision> run(const WithdrawContribution& c, Desk& desk) {
  CIVICLOG_LOAD(contribution, desk.load<ContributionState>(c.contribution));
  CIVICLOG_LOAD(topic, desk.load<TopicState>(contribution.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, contribution, organisation);
}

Result<Decision> run(const PostComment& c, Desk& desk) {
  CIVICLOG_LOAD(comment, desk.load<CommentState>(c.comment));
  const CommentState* parent = nullptr;
  if (!c.parent.is_nil()) {
    CIVICLOG_LOAD(loaded_parent, desk.load<CommentState>(c.parent));
    parent = &loaded_parent;
  }
  CIVICLOG_LOAD(target, desk.load<ContributionState>(c.target));
  CIVICLOG_LOAD(participant, desk.load_issuer());
  CIVICLOG_LOAD(topic, desk.load<TopicState>(target.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, CommentGround{comment, parent, target, participant, topic, organisation});
}

Result<Decision> run(const EditComment& c, Desk& desk) {
  CIVICLOG_LOAD(comment, desk.load<CommentState>(c.comment));
  CIVICLOG_LOAD(target, desk.load<ContributionState>(comment.target));
  CIVICLOG_LOAD(topic, desk.load<TopicState>(comment.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, comment, target, topic, organisation);
}

Result<Decision> run(const RetractComment& c, Desk& desk) {
  CIVICLOG_LOAD(comment, desk.load<CommentState>(c.comment));
  CIVICLOG_LOAD(topic, desk.load<TopicState>(comment.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, comment, organisation);
}

template <typename Ballot>
Result<Decision> run_ballot(const Ballot& c, Desk& desk) {
  CIVICLOG_LOAD(contribution, desk.load<ContributionState>(c.contribution));
  CIVICLOG_LOAD(participant, desk.load_issuer());
  CIVICLOG_LOAD(topic, desk.load<TopicState>(contribution.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  if (const auto refusal = voting_refusal(desk.issuer, contribution, participant, topic, organisation)) return *refusal;
  const Result<Tag> tag = desk.secrets.tag_of(*topic.box, desk.issuer.participant, participant.identity);
  if (!tag) return tag.error();
  CIVICLOG_LOAD(ballot, desk.loader.load<BallotState>(stream_of(topic.box->id, *tag)));
  return decide(c, desk.issuer, *tag, BallotGround{ballot, contribution, participant, topic, organisation});
}

Result<Decision> run(const CastBallot& c, Desk& desk) { return run_ballot(c, desk); }
Result<Decision> run(const WithdrawBallot& c, Desk& desk) { return run_ballot(c, desk); }

template <typename Moderating>
Result<Decision> run_moderation(const Moderating& c, Desk& desk) {
  CIVICLOG_LOAD(moderation_case, desk.load<CaseState>(c.moderation_case));
  CIVICLOG_LOAD(contribution, desk.load<ContributionState>(c.target.contribution));
  const CommentState* comment = nullptr;
  if (!c.target.comment.is_nil()) {
    CIVICLOG_LOAD(loaded_comment, desk.load<CommentState>(c.target.comment));
    comment = &loaded_comment;
  }
  CIVICLOG_LOAD(participant, desk.load_issuer());
  CIVICLOG_LOAD(topic, desk.load<TopicState>(c.target.topic));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(topic.organisation));
  return decide(c, desk.issuer, ModerationGround{moderation_case, contribution, comment, participant, organisation});
}

Result<Decision> run(const FlagContent& c, Desk& desk) { return run_moderation(c, desk); }
Result<Decision> run(const DecideModeration& c, Desk& desk) { return run_moderation(c, desk); }

Result<Decision> run(const EraseWords& c, Desk& desk) {
  bool exists = false;
  if (c.subject_is_organisation) {
    CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(OrganisationId{c.subject}));
    exists = organisation.exists;
  } else {
    CIVICLOG_LOAD(participant, desk.load<ParticipantState>(ParticipantId{c.subject}));
    exists = participant.exists;
  }
  bool words_are_the_subjects = true;
  for (const WordId word : c.words) {
    const Result<Uuid> author = desk.secrets.author_of(word);
    // A word that is not here cannot be shown to be somebody else's, nor can it be read: erasing it is harmless for the
    // system to ask and not for a participant.
    if (!author && author.error().code != ErrorCode::kNotFound) return author.error();
    words_are_the_subjects = words_are_the_subjects && (author ? *author == c.subject : desk.issuer.is_system());
  }
  return decide(c, desk.issuer, exists, words_are_the_subjects);
}

Result<Decision> run(const StartImport& c, Desk& desk) {
  CIVICLOG_LOAD(import, desk.load<ImportState>(c.import));
  CIVICLOG_LOAD(organisation, desk.load<OrganisationState>(c.organisation));
  return decide(c, desk.issuer, import, organisation);
}

#undef CIVICLOG_LOAD

bool brings_words(const Decision& decision) {
  return std::ranges::any_of(words_of(decision.front().fact.payload), [](const WordRef& word) { return word.is_given(); });
}

// The vault refuses words of an author whose key is destroyed, as soon as it has followed the log that far. The rule is that the log
// refuses them, from the erasure on: what is decided must not depend on how far the vault is.
Status check_author(const Command& command, Desk& desk) {
  const StreamId author = word_author(command, desk.issuer, desk.loader.checks());
  if (author.kind == StreamKind::kOrganisation) {
    const Result<const OrganisationState*> organisation = desk.loader.load<OrganisationState>(author);
    if (!organisation) return organisation.error();
    return (*organisation)->erased ? Status(organisation_erased()) : Status{};
  }
  const Result<const ParticipantState*> participant = desk.loader.load<ParticipantState>(author);
  if (!participant) return participant.error();
  return (*participant)->erased ? Status(rejected("participant_erased", "this participant has been erased")) : Status{};
}

}  // namespace

Result<Decision> decide(const Command& command, const Issuer& issuer, Loader& loader, Secrets& secrets) {
  Desk desk{issuer, loader, secrets};
  Result<Decision> decision = std::visit([&desk](const auto& asked) { return run(asked, desk); }, command);
  CHECK(!decision || !decision->empty());
  if (!decision || !brings_words(*decision)) return decision;
  if (const Status author = check_author(command, desk); !author) return author.error();
  return decision;
}

}  // namespace civiclog
