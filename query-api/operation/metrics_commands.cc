#include "query-api/operation/metrics_commands.h"

#include <utility>

#include "base/check.h"

namespace civiclog {
namespace {

template <typename C>
constexpr std::string_view kName;
template <> constexpr std::string_view kName<RegisterOrganisation> = "register_organisation";
template <> constexpr std::string_view kName<GrantRole> = "grant_role";
template <> constexpr std::string_view kName<RevokeRole> = "revoke_role";
template <> constexpr std::string_view kName<Join> = "join";
template <> constexpr std::string_view kName<VerifyParticipant> = "verify_participant";
template <> constexpr std::string_view kName<LaunchTopic> = "launch_topic";
template <> constexpr std::string_view kName<DefinePhases> = "define_phases";
template <> constexpr std::string_view kName<SetRules> = "set_rules";
template <> constexpr std::string_view kName<OpenPhase> = "open_phase";
template <> constexpr std::string_view kName<ClosePhase> = "close_phase";
template <> constexpr std::string_view kName<ExtendPhase> = "extend_phase";
template <> constexpr std::string_view kName<SubmitContribution> = "submit_contribution";
template <> constexpr std::string_view kName<ReviseContribution> = "revise_contribution";
template <> constexpr std::string_view kName<WithdrawContribution> = "withdraw_contribution";
template <> constexpr std::string_view kName<PostComment> = "post_comment";
template <> constexpr std::string_view kName<EditComment> = "edit_comment";
template <> constexpr std::string_view kName<RetractComment> = "retract_comment";
template <> constexpr std::string_view kName<CastBallot> = "cast_ballot";
template <> constexpr std::string_view kName<WithdrawBallot> = "withdraw_ballot";
template <> constexpr std::string_view kName<FlagContent> = "flag_content";
template <> constexpr std::string_view kName<DecideModeration> = "decide_moderation";
template <> constexpr std::string_view kName<EraseWords> = "erase_words";
template <> constexpr std::string_view kName<StartImport> = "start_import";

template <size_t... kIndex>
constexpr std::array<std::string_view, kCommandTypes> all_names(std::index_sequence<kIndex...>) {
  static_assert(((!kName<std::variant_alternative_t<kIndex, Command>>.empty()) && ...), "every command has a name");
  return {kName<std::variant_alternative_t<kIndex, Command>>...};
}
constexpr auto kNames = all_names(std::make_index_sequence<kCommandTypes>());

CommandOutcome outcome_of(const Result<Appended>& answer) {
  if (answer) return answer->repeated ? CommandOutcome::kRepeated : CommandOutcome::kAccepted;
  switch (answer.error().code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kRejected:
    case ErrorCode::kCommandReused: return CommandOutcome::kRejected;
    case ErrorCode::kConflict: return CommandOutcome::kConflict;
    case ErrorCode::kUnavailable: return CommandOutcome::kUnavailable;
    case ErrorCode::kOutcomeUnknown: return CommandOutcome::kUnknown;
    case ErrorCode::kCorrupt:
    case ErrorCode::kIncompatible:
    case ErrorCode::kIo: break;
  }
  return CommandOutcome::kFailed;
}

}  // namespace

const char* name_of(CommandOutcome outcome) {
  switch (outcome) {
    case CommandOutcome::kAccepted: return "accepted";
    case CommandOutcome::kRepeated: return "repeated";
    case CommandOutcome::kRejected: return "rejected";
    case CommandOutcome::kConflict: return "conflict";
    case CommandOutcome::kUnavailable: return "unavailable";
    case CommandOutcome::kUnknown: return "unknown";
    case CommandOutcome::kFailed: return "failed";
  }
  return "";
}

std::string_view command_name(size_t type) {
  CHECK(type < kCommandTypes);
  return kNames[type];
}

void CommandMetrics::answered(size_t type, const Result<Appended>& answer, std::chrono::nanoseconds took) {
  CHECK(type < kCommandTypes);
  counts_[type][static_cast<size_t>(outcome_of(answer))].fetch_add(1, std::memory_order_relaxed);
  durations_.observe(took);
  answered_.fetch_add(1, std::memory_order_relaxed);
}

uint64_t CommandMetrics::count(size_t type, CommandOutcome outcome) const {
  CHECK(type < kCommandTypes);
  return counts_[type][static_cast<size_t>(outcome)].load(std::memory_order_relaxed);
}

uint64_t CommandMetrics::under_way() const {
  // In this order, so that one answered in between is not missing from the first.
  const uint64_t answered = answered_.load(std::memory_order_acquire);
  const uint64_t submitted = submitted_.load(std::memory_order_acquire);
  return submitted > answered ? submitted - answered : 0;
}

}  // namespace civiclog
