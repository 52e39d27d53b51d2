#pragma once

#include <map>
#include <vector>

#include "tests/simulation/dice.h"
#include "tests/simulation/model.h"

// What the clients of one simulated installation ask, drawn from the seed and from what the model knows: mostly what fits the
// moment, a good share of what does not, and retries. A new command gets a draw_… of its own and a line in draw().
//
// The model may be behind: commands under way are not in it. One thread.

namespace civiclog {

// One command on its way. The same `body` under the same id is a retry.
struct Asked {
  CommandRequest request;
  uint64_t body = 0;
};

class Workload {
 public:
  Workload(Dice& dice, const Model& model) : dice_(dice), model_(model) {}

  // `now`: the clock of the installation.
  Asked next(Timestamp now);
  // Words are to be erased only when all words spoken of are settled: see Simulation.
  static bool erases(const Asked& asked) { return std::holds_alternative<EraseWords>(asked.request.command); }

 private:
  Command draw();
  Command set_up();
  Command draw_register();
  Command draw_grant();
  Command draw_revoke();
  Command draw_join();
  Command draw_verify();
  Command draw_launch();
  Command draw_phases();
  Command draw_rules();
  Command draw_open();
  Command draw_close();
  Command draw_extend();
  Command draw_submit();
  Command draw_revise();
  Command draw_withdraw();
  Command draw_comment();
  Command draw_edit();
  Command draw_retract();
  Command draw_ballot();
  Command draw_withdraw_ballot();
  Command draw_flag();
  Command draw_moderation();
  Command draw_erasure();
  Command draw_import();

  bool spoil() { return dice_.percent(spoil_percent_); }
  std::string slug();
  std::string source_id();
  ParticipantId anybody();
  OrganisationId some_organisation();
  bool is_open(TopicId topic) const;  // For everything.
  TopicId some_topic();
  ContributionId some_contribution();
  CommentId some_comment();
  ModerationTarget some_target();
  void issue_as(OrganisationId where, Role role);
  void issue_as_author(const Actor& author);
  void retry(Asked& asked);
  void forget_unknown();

  Dice& dice_;
  const Model& model_;
  Timestamp now_;
  Issuer issuer_;  // Of the command being drawn.
  uint64_t spoil_percent_ = 8;
  uint64_t bodies_ = 0;
  uint64_t drawn_ = 0;
  std::vector<Asked> recent_;  // To be retried.

  // Every id ever proposed, in that order.
  std::vector<OrganisationId> organisations_;
  std::vector<ParticipantId> participants_;
  std::vector<TopicId> topics_;
  std::vector<ContributionId> contributions_;
  std::vector<CommentId> comments_;
  std::vector<CaseId> cases_;
  std::vector<ImportId> imports_;
};

}  // namespace civiclog
