#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "events/payloads.h"

// What people may ask. One struct per command: plain values, built by a door (HTTP, importer), checked by no one yet.
// The ids of new entities are chosen by whoever builds the command; they are not part of what was asked, so a retry
// may carry another one.

namespace civiclog {

// Free text as it was given, and the word it becomes. The handler fills in `word` for each attempt: a fresh id, a
// fresh salt, and the commitment to both. Empty text is "not given".
struct Text {
  std::string text;
  WordRef word;

  Text() = default;
  Text(std::string given) : text(std::move(given)) {}
  Text(const char* given) : text(given) {}
};

struct RegisterOrganisation {
  std::string slug;
  Text name;
};

struct GrantRole {
  OrganisationId organisation;
  ParticipantId participant;
  Role role = Role::kNobody;
};

struct RevokeRole {
  OrganisationId organisation;
  ParticipantId participant;
  Role role = Role::kNobody;
  Text reason;
};

struct Join {
  ParticipantId participant;
  std::string source_id;
};

struct VerifyParticipant {
  ParticipantId participant;
  std::string method;
  Text identity;
};

struct LaunchTopic {
  OrganisationId organisation;
  std::string slug;
  Text title;
  Text summary;
  std::string source_id;
};

struct DefinePhases {
  TopicId topic;
  std::vector<Phase> phases;
};

struct SetRules {
  TopicId topic;
  Rules rules;
  Text reason;
};

struct OpenPhase {
  TopicId topic;
  uint16_t phase = 0;
  Text reason;
};

struct ClosePhase {
  TopicId topic;
  uint16_t phase = 0;
  Text reason;
};

struct ExtendPhase {
  TopicId topic;
  uint16_t phase = 0;
  Timestamp new_end;
  Text justification;
};

struct SubmitContribution {
  ContributionId contribution;  // new
  TopicId topic;
  ContributionKind kind = ContributionKind::kOpinion;
  Text title;
  Text body;
  Text link;
  std::string source_id;
};

struct ReviseContribution {
  ContributionId contribution;
  std::optional<uint32_t> revises_version;  // The version the author saw: another one is a conflict. nullopt: whichever is current.
  bool substantive = false;
  Text title;
  Text body;
};

struct WithdrawContribution {
  ContributionId contribution;
  Text reason;
};

struct PostComment {
  CommentId comment;  // new
  ContributionId target;
  CommentId parent;  // nil: a reply to the contribution itself
  Stance stance = Stance::kNeutral;
  Text body;
  std::string source_id;
};

struct EditComment {
  CommentId comment;
  Text body;
};

struct RetractComment {
  CommentId comment;
};

struct CastBallot {
  ContributionId contribution;
  uint32_t contribution_version = 0;  // What the voter saw.
  Choice choice = Choice::kPass;
};

struct WithdrawBallot {
  ContributionId contribution;
};

struct FlagContent {
  CaseId moderation_case;  // new
  ModerationTarget target;
  Ground ground = Ground::kOffTopic;
  Text explanation;
};

struct DecideModeration {
  CaseId moderation_case;  // new, or one opened by a flag
  ModerationTarget target;
  ModerationAction action = ModerationAction::kAccept;
  Ground ground = Ground::kInScope;
  Text facts;
  std::string policy_ref;
  bool automated = false;
  bool opens_case = false;    // A new case: its id is not part of what was asked.
};

struct EraseWords {
  Uuid author;                // Whose key is destroyed with all their words; nil: only `words`.
  std::vector<WordId> words;
  Uuid subject;               // The participant or organisation the words belong to.
  bool subject_is_organisation = false;
  ErasureReason reason = ErasureReason::kSubjectRequest;
};

struct StartImport {
  ImportId import;
  std::string source;
  Digest content_digest{};
  Timestamp imported_at;      // Not part of what was asked: importing the same content again is the same command.
  bool drives_clock = false;  // Likewise.
  TopicId topic;
  OrganisationId organisation;
  Text attributes;
};

using Command = std::variant<RegisterOrganisation, GrantRole, RevokeRole, Join, VerifyParticipant, LaunchTopic, DefinePhases,
                             SetRules, OpenPhase, ClosePhase, ExtendPhase, SubmitContribution, ReviseContribution,
                             WithdrawContribution, PostComment, EditComment, RetractComment, CastBallot, WithdrawBallot,
                             FlagContent, DecideModeration, EraseWords, StartImport>;

// Who asks. Roles are not claimed here: they come from the log. `kSystem` is the installation itself (its bootstrap
// key, the importer, the scheduler).
struct Issuer {
  ActorKind kind = ActorKind::kSystem;
  ParticipantId participant;

  bool is_system() const { return kind == ActorKind::kSystem; }
  friend bool operator==(const Issuer&, const Issuer&) = default;
};

inline Issuer issued_by(ParticipantId participant) { return {ActorKind::kParticipant, participant}; }
inline Issuer issued_by_system() { return {}; }

struct CommandRequest {
  CommandId id;  // The client's, for ever: see command_id_of().
  Issuer issuer;
  Command command;
  std::optional<Timestamp> occurred_at;  // The source's own time, kept in the event.
  std::optional<Timestamp> source_time;  // An import that drives the log's clock, see AppendRequest.
};

// First 16 bytes of SHA-256(lp(subject) | lp(key)): the same key of two subjects never meets.
CommandId command_id_of(std::string_view subject, std::string_view idempotency_key);

// What was asked, as bytes: every field but the ids of new entities and what is marked above as not asked. Equal
// bytes = same command. Never stored; only its keyed digest is.
std::string canonical_body(const CommandRequest& request);

// The texts of a command, for the handler to turn into words. Pointers into `command`.
std::vector<Text*> texts_of(Command& command);

// Ids that make a slug unique in an installation: whoever comes second finds the stream already there.
OrganisationId organisation_id_of(std::string_view slug);
TopicId topic_id_of(std::string_view slug);

}  // namespace civiclog
