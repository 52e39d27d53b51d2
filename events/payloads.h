#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "events/vocabulary.h"
#include "events/word_ref.h"

// What happened: one struct per event type, in its current schema. kType is the stable name in the envelope,
// kSchema the number of the current layout; docs/event-format.md has the byte layout of each. Fields are
// serialised in the order written here (events/payload_codec.cc). A struct that has been written to a log never
// changes: a new layout is a new schema number and an upcaster (events/upcast.h).
//
// Plain values: no I/O, no pointers, safe to copy between threads.

namespace civiclog {

// ---- organisation-… ----------------------------------------------------------------------------------------

struct OrganisationRegistered {
  static constexpr const char* kType = "organisation-registered";
  static constexpr uint16_t kSchema = 1;
  std::string slug;
  WordRef name;
  friend bool operator==(const OrganisationRegistered&, const OrganisationRegistered&) = default;
};

struct RoleGranted {
  static constexpr const char* kType = "role-granted";
  static constexpr uint16_t kSchema = 1;
  ParticipantId participant;
  Role role = Role::kNobody;
  friend bool operator==(const RoleGranted&, const RoleGranted&) = default;
};

struct RoleRevoked {
  static constexpr const char* kType = "role-revoked";
  static constexpr uint16_t kSchema = 1;
  ParticipantId participant;
  Role role = Role::kNobody;
  WordRef reason;
  friend bool operator==(const RoleRevoked&, const RoleRevoked&) = default;
};

// ---- participant-… -----------------------------------------------------------------------------------------

struct ParticipantJoined {
  static constexpr const char* kType = "participant-joined";
  static constexpr uint16_t kSchema = 1;
  std::string source_id;  // The id in the system this participant was imported from; empty for our own.
  friend bool operator==(const ParticipantJoined&, const ParticipantJoined&) = default;
};

struct ParticipantVerified {
  static constexpr const char* kType = "participant-verified";
  static constexpr uint16_t kSchema = 1;
  std::string method;  // e.g. "eid", "postal_letter", "import"
  WordRef identity;    // What makes this person one person; ballot tags are computed from it.
  friend bool operator==(const ParticipantVerified&, const ParticipantVerified&) = default;
};

// Authoritative: every node that applies it erases its own copies.
struct WordsErased {
  static constexpr const char* kType = "words-erased";
  static constexpr uint16_t kSchema = 1;
  Uuid author;                // The author whose key is destroyed, with all their words; nil: only `words`.
  std::vector<WordId> words;
  ErasureReason reason = ErasureReason::kSubjectRequest;
  friend bool operator==(const WordsErased&, const WordsErased&) = default;
};

// ---- topic-… -----------------------------------------------------------------------------------------------

struct TopicLaunched {
  static constexpr const char* kType = "topic-launched";
  static constexpr uint16_t kSchema = 1;
  OrganisationId organisation;
  std::string slug;
  WordRef title;
  WordRef summary;
  std::string source_id;
  friend bool operator==(const TopicLaunched&, const TopicLaunched&) = default;
};

// What participants may do while a phase is open.
struct PhasePermissions {
  bool submit = false;
  bool comment = false;
  bool vote = false;
  friend bool operator==(const PhasePermissions&, const PhasePermissions&) = default;
};

struct Phase {
  PhaseKind kind = PhaseKind::kInform;
  PhasePermissions allows;
  Timestamp starts_at;  // As planned; what counts is phase-opened and phase-closed in log order.
  Timestamp ends_at;
  friend bool operator==(const Phase&, const Phase&) = default;
};

struct PhasesDefined {
  static constexpr const char* kType = "phases-defined";
  static constexpr uint16_t kSchema = 1;
  std::vector<Phase> phases;
  friend bool operator==(const PhasesDefined&, const PhasesDefined&) = default;
};

struct Rules {
  Secrecy secrecy = Secrecy::kPseudonymous;
  bool pre_moderation = false;  // Contributions are visible only after a moderator accepted them.
  std::vector<ContributionKind> kinds;  // Which kinds may be submitted; ascending, no repetition.
  friend bool operator==(const Rules&, const Rules&) = default;
};

struct RulesSet {
  static constexpr const char* kType = "rules-set";
  static constexpr uint16_t kSchema = 1;
  Rules rules;
  WordRef reason;
  friend bool operator==(const RulesSet&, const RulesSet&) = default;
};

struct PhaseOpened {
  static constexpr const char* kType = "phase-opened";
  static constexpr uint16_t kSchema = 1;
  uint16_t phase = 0;  // Index into the phases defined.
  WordRef reason;
  friend bool operator==(const PhaseOpened&, const PhaseOpened&) = default;
};

struct PhaseClosed {
  static constexpr const char* kType = "phase-closed";
  static constexpr uint16_t kSchema = 1;
  uint16_t phase = 0;
  WordRef reason;
  friend bool operator==(const PhaseClosed&, const PhaseClosed&) = default;
};

struct PhaseExtended {
  static constexpr const char* kType = "phase-extended";
  static constexpr uint16_t kSchema = 1;
  uint16_t phase = 0;
  Timestamp old_end;
  Timestamp new_end;
  WordRef justification;
  friend bool operator==(const PhaseExtended&, const PhaseExtended&) = default;
};

struct BoxOpened {
  static constexpr const char* kType = "box-opened";
  static constexpr uint16_t kSchema = 1;
  BoxId box;
  Secrecy secrecy = Secrecy::kPseudonymous;
  Digest key_fingerprint{};  // SHA-256("civiclog/box-key/v1" | 0x00 | key)
  Digest rules_hash{};       // SHA-256 of the frozen rules, see rules_hash()
  friend bool operator==(const BoxOpened&, const BoxOpened&) = default;
};

struct BoxClosed {
  static constexpr const char* kType = "box-closed";
  static constexpr uint16_t kSchema = 1;
  BoxId box;
  friend bool operator==(const BoxClosed&, const BoxClosed&) = default;
};

// ---- contribution-… ----------------------------------------------------------------------------------------

struct ContributionSubmitted {
  static constexpr const char* kType = "contribution-submitted";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionKind kind = ContributionKind::kOpinion;
  bool pre_moderated = false;  // Starts as pending and stays invisible until accepted.
  WordRef title;
  WordRef body;
  WordRef link;  // An article's address; otherwise not given.
  std::string source_id;
  friend bool operator==(const ContributionSubmitted&, const ContributionSubmitted&) = default;
};

struct ContributionRevised {
  static constexpr const char* kType = "contribution-revised";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  uint32_t version = 0;  // The number of the new version; a submission is version 1.
  bool substantive = false;
  WordRef title;
  WordRef body;
  friend bool operator==(const ContributionRevised&, const ContributionRevised&) = default;
};

struct ContributionWithdrawn {
  static constexpr const char* kType = "contribution-withdrawn";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  WordRef reason;
  friend bool operator==(const ContributionWithdrawn&, const ContributionWithdrawn&) = default;
};

struct ContributionModerated {
  static constexpr const char* kType = "contribution-moderated";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  CaseId moderation_case;
  ModerationAction action = ModerationAction::kAccept;
  ItemStatus status = ItemStatus::kPublished;  // What the contribution is from now on.
  friend bool operator==(const ContributionModerated&, const ContributionModerated&) = default;
};

// ---- comment-… ---------------------------------------------------------------------------------------------

struct CommentPosted {
  static constexpr const char* kType = "comment-posted";
  static constexpr uint16_t kSchema = 2;  // 1 had no stance: comments were neutral.
  TopicId topic;
  ContributionId target;
  CommentId parent;   // nil: a reply to the contribution itself
  uint8_t depth = 0;  // 0 for a reply to the contribution, at most kMaxCommentDepth
  WordRef body;
  std::string source_id;
  Stance stance = Stance::kNeutral;
  friend bool operator==(const CommentPosted&, const CommentPosted&) = default;
};
inline constexpr uint8_t kMaxCommentDepth = 3;

struct CommentEdited {
  static constexpr const char* kType = "comment-edited";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionId target;
  uint32_t version = 0;
  WordRef body;
  friend bool operator==(const CommentEdited&, const CommentEdited&) = default;
};

struct CommentRetracted {
  static constexpr const char* kType = "comment-retracted";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionId target;
  friend bool operator==(const CommentRetracted&, const CommentRetracted&) = default;
};

struct CommentModerated {
  static constexpr const char* kType = "comment-moderated";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionId target;
  CaseId moderation_case;
  ModerationAction action = ModerationAction::kAccept;
  ItemStatus status = ItemStatus::kPublished;
  friend bool operator==(const CommentModerated&, const CommentModerated&) = default;
};

// ---- ballot-{box}-{tag} ------------------------------------------------------------------------------------

struct BallotCast {
  static constexpr const char* kType = "ballot-cast";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionId contribution;
  uint32_t contribution_version = 0;  // The version that was voted on.
  Choice choice = Choice::kPass;
  friend bool operator==(const BallotCast&, const BallotCast&) = default;
};

struct BallotChanged {
  static constexpr const char* kType = "ballot-changed";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionId contribution;
  uint32_t contribution_version = 0;
  Choice previous = Choice::kPass;
  Choice choice = Choice::kPass;
  friend bool operator==(const BallotChanged&, const BallotChanged&) = default;
};

// The same choice again: an act, but it changes no count.
struct BallotReaffirmed {
  static constexpr const char* kType = "ballot-reaffirmed";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionId contribution;
  uint32_t contribution_version = 0;
  Choice choice = Choice::kPass;
  friend bool operator==(const BallotReaffirmed&, const BallotReaffirmed&) = default;
};

struct BallotWithdrawn {
  static constexpr const char* kType = "ballot-withdrawn";
  static constexpr uint16_t kSchema = 1;
  TopicId topic;
  ContributionId contribution;
  Choice previous = Choice::kPass;
  friend bool operator==(const BallotWithdrawn&, const BallotWithdrawn&) = default;
};

// ---- case-… ------------------------------------------------------------------------------------------------

// What a moderation case is about: a contribution or a comment on one.
struct ModerationTarget {
  TopicId topic;
  ContributionId contribution;
  CommentId comment;  // nil: the contribution itself
  friend bool operator==(const ModerationTarget&, const ModerationTarget&) = default;
};

struct ContentFlagged {
  static constexpr const char* kType = "content-flagged";
  static constexpr uint16_t kSchema = 1;
  ModerationTarget target;
  Ground ground = Ground::kOffTopic;
  WordRef explanation;
  friend bool operator==(const ContentFlagged&, const ContentFlagged&) = default;
};

struct ModerationDecided {
  static constexpr const char* kType = "moderation-decided";
  static constexpr uint16_t kSchema = 1;
  ModerationTarget target;
  ModerationAction action = ModerationAction::kAccept;
  Ground ground = Ground::kInScope;
  WordRef facts;
  std::string policy_ref;  // Which policy, in which version, e.g. "house-rules/3#2"
  bool automated = false;
  friend bool operator==(const ModerationDecided&, const ModerationDecided&) = default;
};

// ---- import-… ----------------------------------------------------------------------------------------------

struct ImportStarted {
  static constexpr const char* kType = "import-started";
  static constexpr uint16_t kSchema = 1;
  std::string source;          // e.g. "polis/brexit-consensus"
  Digest content_digest{};     // over the canonical content of the source
  Timestamp imported_at;       // the real time
  bool drives_clock = false;   // recorded_at of the import's events comes from the source
  TopicId topic;
  WordRef attributes;          // what no event holds, e.g. the summary rows of a Polis export
  friend bool operator==(const ImportStarted&, const ImportStarted&) = default;
};

using Payload =
    std::variant<OrganisationRegistered, RoleGranted, RoleRevoked, ParticipantJoined, ParticipantVerified, WordsErased,
                 TopicLaunched, PhasesDefined, RulesSet, PhaseOpened, PhaseClosed, PhaseExtended, BoxOpened, BoxClosed,
                 ContributionSubmitted, ContributionRevised, ContributionWithdrawn, ContributionModerated, CommentPosted,
                 CommentEdited, CommentRetracted, CommentModerated, BallotCast, BallotChanged, BallotReaffirmed,
                 BallotWithdrawn, ContentFlagged, ModerationDecided, ImportStarted>;

// SHA-256("civiclog/rules/v1" | 0x00 | secrecy u8 | pre_moderation u8 | count u8 | kinds u8 …): what a box was
// opened under, so that nobody can change the rules of a vote that has begun.
Digest rules_hash(const Rules& rules);

}  // namespace civiclog
