#include "commands/stream_state.h"

#include <algorithm>

#include "base/check.h"

namespace civiclog {

StreamState initial_state(StreamKind kind) {
  switch (kind) {
    case StreamKind::kOrganisation: return OrganisationState{};
    case StreamKind::kParticipant: return ParticipantState{};
    case StreamKind::kTopic: return TopicState{};
    case StreamKind::kContribution: return ContributionState{};
    case StreamKind::kComment: return CommentState{};
    case StreamKind::kBallot: return BallotState{};
    case StreamKind::kCase: return CaseState{};
    case StreamKind::kImport: return ImportState{};
  }
  CHECK(false);
}

void evolve(StreamState& state, const Fact& fact) {
  std::visit([&fact](auto& of_kind) { evolve(of_kind, fact); }, state);
}

void Loader::note(const StreamId& stream, const VersionedState& state) {
  saw_undurable_ = saw_undurable_ || !state.durable;
  const bool noted = std::ranges::any_of(checks_, [&](const StreamCheck& check) { return check.stream == stream; });
  if (!noted) checks_.push_back({stream, state.version});
}

}  // namespace civiclog
