#include "events/vocabulary.h"

#include <array>
#include <cstddef>

namespace civiclog {
namespace {

template <typename Enum, size_t N>
std::string_view pick(const std::array<std::string_view, N>& names, Enum value) {
  const auto index = static_cast<size_t>(value);
  return index < N ? names[index] : std::string_view{};
}

}  // namespace

std::string_view name_of(Role value) {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"none", "citizen", "stakeholder", "editor", "process_owner", "moderator", "auditor", "privacy_officer", "system",
       "installation"});
  return pick(kNames, value);
}
std::string_view name_of(ContributionKind value) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"", "policy", "question", "opinion", "action", "article"});
  return pick(kNames, value);
}
std::string_view name_of(PhaseKind value) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"", "inform", "collect", "discuss", "vote", "decide", "follow_up"});
  return pick(kNames, value);
}
std::string_view name_of(Choice value) {
  static constexpr auto kNames = std::to_array<std::string_view>({"", "agree", "disagree", "pass"});
  return pick(kNames, value);
}
std::string_view name_of(Secrecy value) {
  static constexpr auto kNames = std::to_array<std::string_view>({"", "open", "pseudonymous", "embargoed"});
  return pick(kNames, value);
}
std::string_view name_of(Stance value) {
  static constexpr auto kNames = std::to_array<std::string_view>({"neutral", "for", "against"});
  return pick(kNames, value);
}
std::string_view name_of(ModerationAction value) {
  static constexpr auto kNames = std::to_array<std::string_view>({"", "accept", "reject", "hide", "restore"});
  return pick(kNames, value);
}
std::string_view name_of(Ground value) {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"", "in_scope", "off_topic", "duplicate", "spam", "offensive", "personal_data", "illegal", "imported"});
  return pick(kNames, value);
}
std::string_view name_of(ItemStatus value) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"pending", "published", "rejected", "hidden", "withdrawn"});
  return pick(kNames, value);
}
std::string_view name_of(ErasureReason value) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"", "subject_request", "retention", "legal_order"});
  return pick(kNames, value);
}
std::string_view name_of(ActorKind value) {
  static constexpr auto kNames = std::to_array<std::string_view>({"system", "participant", "ballot_tag"});
  return pick(kNames, value);
}

}  // namespace civiclog
