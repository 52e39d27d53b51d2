#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "events/event_log.h"
#include "tests/simulation/model.h"
#include "tests/simulation/workload.h"

// Holds answers and log against the model, a spell at a time, and so takes the model on. The log must be dense, its commits those of
// commands that were asked, each once, written as the model says. One thread.

namespace civiclog {

enum class Spell {
  kCalm,   // Nothing broke: answers and commits are exactly the model's, in the order of asking.
  kRough,  // Something may have: see Simulation.
};

class Settlement {
 public:
  // The order of calls is the order of submission.
  void asked(Asked asked) { open_.push_back(std::move(asked)); }
  // `answers`: one for each asked since the last time. The log is read from where it was then.
  void settle(std::vector<Result<Appended>> answers, const EventLog& log, Spell spell);
  // What was asked in a rough spell and is to be asked again, in order.
  std::vector<Asked> take_unknown() { return std::exchange(unknown_, {}); }

  const Model& model() const { return model_; }
  Model past(Position as_of) const;
  // Moments looked up by time.
  std::string compare_times(const EventLog& log, Dice& dice) const;

  const std::string& failure() const { return failure_; }  // Empty: all agreed.
  Position head() const { return {history_.size()}; }
  uint64_t accepted() const { return accepted_; }
  uint64_t refused() const { return refused_; }
  uint64_t repeated() const { return repeated_; }
  const std::map<std::string, uint64_t>& refusals() const { return refusals_; }
  Digest digest() const { return sha256(chained_); }

 private:
  struct Done {
    Position first;
    Position last;
    Timestamp recorded_at;
    uint64_t body = 0;
  };
  using Commit = std::vector<RecordedEvent>;

  void fail(const std::string& what, const CommandRequest* request = nullptr);
  std::vector<Commit> read_commits(const EventLog& log);
  void settle_calm(const std::vector<Result<Appended>>& answers, const std::vector<Commit>& commits);
  void settle_rough(const std::vector<Result<Appended>>& answers, const std::vector<Commit>& commits);
  void settle_rough_answer(const Asked& asked, const Result<Appended>& answer);
  // The code that the model expects now; empty: accepted.
  std::string expected(const Asked& asked) const;
  std::string mismatch(const Asked& asked, const Commit& commit) const;
  void apply(const Asked& asked, const Commit& commit);
  void check_accepted(const Asked& asked, const Appended& answer);
  void refuse(const std::string& code);

  Model model_;
  std::vector<RecordedEvent> history_;  // history_[i] is at position i + 1.
  std::map<CommandId, Done> done_;
  std::vector<Asked> open_;
  std::vector<Asked> unknown_;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
  uint64_t repeated_ = 0;
  std::map<std::string, uint64_t> refusals_;
  std::string chained_;
  std::string failure_;
};

}  // namespace civiclog
