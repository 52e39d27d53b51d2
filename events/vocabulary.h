#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// The closed lists of the field: roles, kinds, statuses, choices. Their numbers are in the event format and
// never change meaning; their names are in JSON, CSV and the command line. kMax… bounds what a decoder accepts.

namespace civiclog {

enum class Role : uint8_t {
  kNobody = 0,
  kCitizen = 1,
  kStakeholder = 2,
  kEditor = 3,
  kProcessOwner = 4,
  kModerator = 5,
  kAuditor = 6,
  kPrivacyOfficer = 7,
  kSystem = 8,        // The service itself and the importer.
  kInstallation = 9,  // The installation's own key: bootstraps, nothing else.
};
inline constexpr Role kMaxRole = Role::kInstallation;

// One life cycle, five kinds.
enum class ContributionKind : uint8_t { kPolicy = 1, kQuestion = 2, kOpinion = 3, kAction = 4, kArticle = 5 };
inline constexpr ContributionKind kMaxContributionKind = ContributionKind::kArticle;

enum class PhaseKind : uint8_t { kInform = 1, kCollect = 2, kDiscuss = 3, kVote = 4, kDecide = 5, kFollowUp = 6 };
inline constexpr PhaseKind kMaxPhaseKind = PhaseKind::kFollowUp;

enum class Choice : uint8_t { kAgree = 1, kDisagree = 2, kPass = 3 };
inline constexpr Choice kMaxChoice = Choice::kPass;

enum class Secrecy : uint8_t { kOpen = 1, kPseudonymous = 2, kEmbargoed = 3 };
inline constexpr Secrecy kMaxSecrecy = Secrecy::kEmbargoed;

enum class Stance : uint8_t { kNeutral = 0, kFor = 1, kAgainst = 2 };
inline constexpr Stance kMaxStance = Stance::kAgainst;

// What a moderation decision does to its target.
enum class ModerationAction : uint8_t { kAccept = 1, kReject = 2, kHide = 3, kRestore = 4 };
inline constexpr ModerationAction kMaxModerationAction = ModerationAction::kRestore;

// Why: the ground of a decision, or the reason of a flag.
enum class Ground : uint8_t {
  kInScope = 1,  // for accepting and restoring
  kOffTopic = 2,
  kDuplicate = 3,
  kSpam = 4,
  kOffensive = 5,
  kPersonalData = 6,
  kIllegal = 7,
  kImported = 8,  // decided elsewhere, before the import; the source gives no ground
};
inline constexpr Ground kMaxGround = Ground::kImported;

// Where a contribution or comment stands. Pending and published are both visible; under pre-moderation
// pending is not. Only published and pending can be voted on.
enum class ItemStatus : uint8_t { kPending = 0, kPublished = 1, kRejected = 2, kHidden = 3, kWithdrawn = 4 };
inline constexpr ItemStatus kMaxItemStatus = ItemStatus::kWithdrawn;

enum class ErasureReason : uint8_t { kSubjectRequest = 1, kRetention = 2, kLegalOrder = 3 };
inline constexpr ErasureReason kMaxErasureReason = ErasureReason::kLegalOrder;

enum class ActorKind : uint8_t { kSystem = 0, kParticipant = 1, kBallotTag = 2 };
inline constexpr ActorKind kMaxActorKind = ActorKind::kBallotTag;

// The stable lower-case names: "process_owner", "follow_up", "agree", …
std::string_view name_of(Role value);
std::string_view name_of(ContributionKind value);
std::string_view name_of(PhaseKind value);
std::string_view name_of(Choice value);
std::string_view name_of(Secrecy value);
std::string_view name_of(Stance value);
std::string_view name_of(ModerationAction value);
std::string_view name_of(Ground value);
std::string_view name_of(ItemStatus value);
std::string_view name_of(ErasureReason value);
std::string_view name_of(ActorKind value);

// The value of that exact name; nullopt for any other text. Enum is one of the above.
template <typename Enum>
std::optional<Enum> parse_name(std::string_view name, Enum max) {
  for (uint8_t number = 0; number <= static_cast<uint8_t>(max); ++number) {
    const auto value = static_cast<Enum>(number);
    if (!name.empty() && name_of(value) == name) return value;
  }
  return std::nullopt;
}

}  // namespace civiclog
