#pragma once

#include <functional>
#include <string>
#include <vector>

#include "commands/command_handler.h"

// A small deliberation with every noun in it, for tests: told through commands, as a real one is.
//
// The topic "tram" is pseudonymous and moderated afterwards. It has one contribution of each kind, a thread four deep, votes
// cast, changed, reaffirmed and withdrawn, one opinion hidden and restored, one hidden for good, a hidden comment, and an
// author whose words were erased. It ends with its box open.
// The topic "budget" is moderated beforehand and its box is embargoed: one opinion accepted, one rejected, one still pending, and
// votes on the first. It ends with its box open; close_budget() closes it.
//
// One thread. A command that is refused aborts: this is the ground that tests stand on.

namespace civiclog {

class Deliberation {
 public:
  // `before_each` runs before every command, to move a test's clock.
  explicit Deliberation(CommandHandler& commands, std::function<void()> before_each = {});
  // Goes on with one that was told elsewhere, over a copy of its data.
  Deliberation(const Deliberation& told, CommandHandler& commands, std::function<void()> before_each = {});

  void tell();  // found(), hold_tram(), hold_budget()
  void found();
  void hold_tram();
  void hold_budget();
  void close_budget();

  Position must(Issuer issuer, Command command);
  // A further opinion in the tram topic, while its second phase is open too: by Ana, with a text of its own.
  ContributionId add_opinion(const std::string& text);

  const OrganisationId city = organisation_id_of("riverside");
  const TopicId tram = topic_id_of("tram");
  const TopicId budget = topic_id_of("budget");
  // Citizens, verified.
  ParticipantId ana, ben, cem, dana;
  // Act for the city.
  ParticipantId editor, moderator, owner, stakeholder;
  ContributionId policy, question, opinion, action, article;
  ContributionId restored_opinion;  // Hidden as spam by mistake, and restored.
  ContributionId hidden_opinion;    // Hidden; four voted on it before.
  ContributionId withdrawn_opinion;
  std::vector<CommentId> thread;    // On the opinion, each the answer to the one before it.
  CommentId hidden_comment;
  ContributionId accepted_idea, rejected_idea, pending_idea;  // In the budget topic.
  Position before_hiding;           // The last position at which hidden_opinion was visible.
  Position before_erasing;          // The last position at which Dana's words were there.

 private:
  ParticipantId join(const std::string& name);
  ContributionId submit(ParticipantId author, TopicId topic, ContributionKind kind, const std::string& title,
                        const std::string& body, const std::string& link = "", const std::string& source_id = "");
  CommentId comment(ParticipantId author, ContributionId target, CommentId parent, Stance stance, const std::string& body);
  void vote(ParticipantId voter, ContributionId contribution, Choice choice);
  void moderate(ModerationTarget target, ModerationAction action, Ground ground, const std::string& facts, CaseId in_case);
  Uuid next_id();

  CommandHandler* commands_;
  std::function<void()> before_each_;
  uint64_t ids_ = 0;
};

}  // namespace civiclog
