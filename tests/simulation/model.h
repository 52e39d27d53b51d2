#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands/command.h"
#include "projections/ballot_row.h"
#include "projections/comment_row.h"
#include "projections/contribution_row.h"
#include "projections/moderation_row.h"
#include "projections/organisation_row.h"
#include "projections/participant_row.h"
#include "projections/recorded_event.h"
#include "projections/topic_row.h"

// The reference model: what Civiclog does, in plain maps, written from the documents (docs/http-api.md, docs/errors.md, the design)
// and sharing no code with the deciders, their folded states, the read models or the recount. It answers two questions:
//
//   ask()     what becomes of a command now: the code of its refusal, or the events it writes
//   happen()  what the world is after an event
//
// It is slow and stores no counter that it can count: a tally is counted over the choices that stand. Rows of the read models serve
// as its plain structs, so that a whole row can be compared. A new command or event gets a case in model_rules.cc and
// one in model_happenings.cc.
//
// What it takes as it comes, because only chance decides it: ids of words and boxes, box keys, and tags. One thread.

namespace civiclog {

// An event that a command must write. Words are blank in `payload` and stand in `texts`, in the order of words_in(), empty where
// none is given; ids that are drawn are blank too.
struct ExpectedEvent {
  StreamId stream;
  Actor actor;
  Payload payload;
  std::vector<std::string> texts;
};

struct Expectation {
  std::string refusal;  // The code of docs/errors.md; empty: accepted.
  std::vector<ExpectedEvent> events;

  bool accepted() const { return refusal.empty(); }
};

// The references to words that a payload has, given or not.
std::vector<WordRef*> words_in(Payload& payload);

struct KnownWord {
  WordRef ref;
  std::string text;
  Uuid author;
  Position erased;  // The event that erased it; 0: none.
};

class Model {
 public:
  struct Organisation {
    OrganisationRow row;
    std::map<ParticipantId, RoleRow> roles;
    bool erased = false;
  };
  struct Participant {
    ParticipantRow row;
    WordId identity;  // nil: not verified, or the identity was erased.
    bool erased = false;
  };
  struct Topic {
    TopicRow row;
    bool rules_set = false;
    std::optional<uint16_t> last_opened;
  };
  struct Contribution {
    ContributionRow row;
    TallyRow acts;  // Its acts and position; the choices are counted.
    std::map<std::pair<BoxId, Tag>, BallotRow> ballots;
  };
  struct Case {
    CaseRow row;
    std::vector<FlagRow> flags;
    std::vector<DecisionRow> decisions;
  };
  struct Box {
    TopicId topic;
    BoxCounts acts;  // Likewise.
    std::map<Tag, VoterRow> voters;
  };

  std::map<OrganisationId, Organisation> organisations;
  std::map<ParticipantId, Participant> participants;
  std::map<TopicId, Topic> topics;
  std::map<ContributionId, Contribution> contributions;
  std::map<CommentId, CommentRow> comments;
  std::map<CaseId, Case> cases;
  std::map<BoxId, Box> boxes;
  std::set<ImportId> imports;
  std::map<TopicId, ImportRow> origins;  // The last import into a topic, which may be announced before the topic.
  std::vector<ErasureRow> erasures;

  // Of now, and never part of a past.
  std::map<WordId, KnownWord> words;
  std::vector<WordId> words_in_order;
  std::map<std::pair<BoxId, std::string>, Tag> tags;  // By box and identity.

  Expectation ask(const CommandRequest& request) const;

  // Why `event` is not what was expected; empty when it is.
  std::string compare(const ExpectedEvent& expected, const RecordedEvent& event) const;
  void happen(const RecordedEvent& event);
  // The words that came with an event, and the tag by which its issuer votes. After happen().
  void learn(const CommandRequest& request, const ExpectedEvent& expected, const RecordedEvent& event);

  // ---- what is counted ----
  TallyRow tally(const Contribution& contribution) const;
  ContributionCounts contribution_counts(TopicId topic) const;
  ThreadRow thread_counts(const Contribution& contribution) const;
  CommentCounts comment_counts(TopicId topic) const;
  BoxCounts box_counts(BoxId box) const;
  bool has_role(OrganisationId organisation, ParticipantId participant, Role role) const;

 private:
  friend class Question;
  friend class Happening;
};

}  // namespace civiclog
