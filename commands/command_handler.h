#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "commands/state_cache.h"
#include "commands/vault_secrets.h"
#include "commands/words.h"
#include "events/event_log.h"

// Turns commands into commits. Known command id → the first answer again. Otherwise: fold the streams its rules need, decide,
// put its words into the vault, append. One thread decides, one command after the other, and never waits for the log:
// hundreds of commits are under way at once, also on one stream, because each is decided on what the ones before it will have
// made of the log (StateCache).
//
// If any commit fails, no new command is decided until all that is under way has ended; then everything believed is forgotten,
// and commands whose stream checks failed are decided again, at most kMaxAttempts times in all. A rejection that rests on
// events still under way is held back until they are durable.
//
// submit() from any thread. Answers run on the handler's thread and must not block. Lock order: the handler's mutex is
// never held while calling the log, the vault or an answer.

namespace civiclog {

using Answer = std::function<void(Result<Appended>)>;

class CommandHandler {
 public:
  static constexpr size_t kMaxWaiting = 4'096;   // Submitted and not yet decided.
  static constexpr size_t kMaxBatch = 256;       // Decided before their words are put, with one flush.
  static constexpr int kMaxAttempts = 3;

  // All must outlive the handler. `clock` makes ids and stamps words; the log has its own.
  // `has_room` is asked before a new command is decided (never for a known one, whose answer writes nothing): an error refuses it.
  CommandHandler(EventLog& log, Vault& vault, Clock clock, std::function<Status()> has_room = {});
  // Ends when everything submitted has been answered.
  ~CommandHandler();
  CommandHandler(const CommandHandler&) = delete;
  CommandHandler& operator=(const CommandHandler&) = delete;

  // `answer` runs exactly once. Errors: those of the rules (kRejected with the rule's name, kConflict), of the texts
  // (kInvalidArgument), of the log (see EventLog::append), kUnavailable when the handler is full or stopping.
  // `keep_source_bytes`: an import's texts are taken as they are.
  void submit(CommandRequest request, Answer answer, bool keep_source_bytes = false);
  Result<Appended> submit_and_wait(CommandRequest request, bool keep_source_bytes = false);

 private:
  struct Waiting {
    CommandRequest request;
    Digest body_digest{};
    std::vector<Answer> answers;
    int attempts = 0;
  };
  // A command between its decision and its answer, in the order decided.
  struct Flight {
    Waiting waiting;
    std::optional<Error> rejection;  // Held back until everything before it is durable.
    Decision decision;
    std::vector<StreamCheck> checks;
    std::vector<Word> words;
    std::optional<Result<Appended>> outcome;
    bool unsent = false;  // The vault refused the words of its batch: nothing of it is anywhere.
  };

  void run(std::stop_token stop);
  void decide_batch(std::deque<Waiting> batch);
  void decide_one(Waiting waiting, std::vector<Flight*>& decided);
  bool answer_if_known(Waiting& waiting);
  bool put_words(const std::vector<Flight*>& decided);
  void send(Flight& flight);
  void settle_finished();
  void settle(Flight& flight);
  void confirm(Flight& flight);
  void end_drain();
  static void answer_all(Waiting& waiting, const Result<Appended>& result);

  EventLog& log_;
  Vault& vault_;
  Clock clock_;
  const std::function<Status()> has_room_;

  // Owned by the handler's thread.
  StateCache cache_;
  VaultSecrets secrets_;
  std::deque<std::unique_ptr<Flight>> pipeline_;
  std::unordered_map<CommandId, Flight*, UuidHash> under_way_;
  std::deque<Waiting> retries_;
  bool draining_ = false;
  size_t batch_limit_ = kMaxBatch;  // Smaller for a while after the vault refused a batch.

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Waiting> waiting_;                                     // Guarded by mutex_.
  std::vector<std::pair<Flight*, Result<Appended>>> completions_;   // Guarded by mutex_.
  bool stopping_ = false;                                           // Guarded by mutex_.

  std::jthread thread_;  // Last: it uses everything above.
};

}  // namespace civiclog
