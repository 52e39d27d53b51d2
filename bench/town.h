#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "commands/command_handler.h"

// A town that deliberates, made through commands: many under way at once, in the order asked. One thread. A command that is
// refused aborts: this is the ground that measurements stand on.

namespace civiclog {

class Town {
 public:
  explicit Town(CommandHandler& commands);
  ~Town() { settle(); }

  // Each is verified and may vote.
  std::vector<ParticipantId> settle_people(size_t count);
  // With one phase open, in which everything is allowed.
  TopicId open_topic(const std::string& slug);
  ContributionId submit_opinion(ParticipantId author, TopicId topic, const std::string& text);
  void vote(ParticipantId voter, ContributionId contribution, Choice choice);
  // Until everything asked is durable.
  void settle();

 private:
  void ask(Issuer issuer, Command command);
  Uuid next_id() const;

  CommandHandler& commands_;
  ParticipantId owner_;
  size_t asked_ = 0;
  std::mutex mutex_;
  std::condition_variable answered_;
  size_t under_way_ = 0;  // Guarded by mutex_.
};

}  // namespace civiclog
