#pragma once

#include <variant>

#include "base/position.h"
#include "base/result.h"
#include "commands/ballot.h"
#include "commands/comment.h"
#include "commands/contribution.h"
#include "commands/importing.h"
#include "commands/moderation.h"
#include "commands/organisation.h"
#include "commands/participant.h"
#include "commands/topic.h"

// The folded state of any stream, and where a decision gets it from.

namespace civiclog {

using StreamState = std::variant<OrganisationState, ParticipantState, TopicState, ContributionState, CommentState,
                                 BallotState, CaseState, ImportState>;

StreamState initial_state(StreamKind kind);
void evolve(StreamState& state, const Fact& fact);

struct VersionedState {
  Version version = kNone;
  StreamState state;
  bool durable = true;  // False while events folded into it are still on their way to the log.
};

// Where states come from: the handler's cache over the log, or a table in a test.
class StateSource {
 public:
  virtual ~StateSource() = default;
  // The state of the stream, initial for an unknown one. The pointer stays valid until the decision is made.
  virtual Result<const VersionedState*> find(const StreamId& stream) = 0;
};

// Hands states to one decision and remembers a stream check for each: a decider cannot forget one.
class Loader {
 public:
  explicit Loader(StateSource& source) : source_(source) {}

  template <typename State>
  Result<const State*> load(const StreamId& stream) {
    const Result<const VersionedState*> found = source_.find(stream);
    if (!found) return found.error();
    note(stream, **found);
    return &std::get<State>((*found)->state);
  }

  const std::vector<StreamCheck>& checks() const { return checks_; }
  // Whether a state it handed out holds events that are not durable yet. A rejection that rests on such a state
  // must not be answered before they are.
  bool saw_undurable() const { return saw_undurable_; }

 private:
  void note(const StreamId& stream, const VersionedState& state);

  StateSource& source_;
  std::vector<StreamCheck> checks_;
  bool saw_undurable_ = false;
};

}  // namespace civiclog
