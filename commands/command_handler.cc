#include "commands/command_handler.h"

#include <algorithm>
#include <future>

#include "base/check.h"
#include "commands/decider.h"
#include "events/payload_codec.h"

namespace civiclog {
namespace {

Error reused() {
  return {ErrorCode::kCommandReused, "this idempotency key was used before with another content; use a new one",
          "command_reused"};
}

std::vector<EventDraft> drafts_of(const Decision& decision, std::optional<Timestamp> occurred_at) {
  std::vector<EventDraft> drafts;
  for (const NewEvent& event : decision) {
    EncodedPayload encoded = encode_payload(event.fact.payload);
    drafts.push_back({event.stream, std::move(encoded.type), encoded.schema, std::move(encoded.bytes), event.fact.actor,
                      occurred_at});
  }
  return drafts;
}

std::vector<WordId> ids_of(const std::vector<Word>& words) {
  std::vector<WordId> ids;
  for (const Word& word : words) ids.push_back(word.id);
  return ids;
}

}  // namespace

CommandHandler::CommandHandler(EventLog& log, Vault& vault, Clock clock, std::function<Status()> has_room)
    : log_(log),
      vault_(vault),
      clock_(std::move(clock)),
      has_room_(std::move(has_room)),
      cache_(log),
      secrets_(vault, clock_),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

CommandHandler::~CommandHandler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  thread_.request_stop();
  wake_.notify_all();
  thread_.join();
}

void CommandHandler::submit(CommandRequest request, Answer answer, bool keep_source_bytes) {
  Waiting waiting;
  const Digest digest = hmac_sha256(vault_.index_key(), canonical_body(request));
  if (const Status texts = check_texts(request.command, keep_source_bytes); !texts) return answer(texts.error());
  waiting.request = std::move(request);
  waiting.body_digest = digest;
  waiting.answers.push_back(std::move(answer));
  const char* refusal = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = "log_stopped";
    } else if (waiting_.size() >= kMaxWaiting) {
      refusal = "queue_full";
    } else {
      waiting_.push_back(std::move(waiting));
    }
  }
  if (refusal != nullptr) {
    return waiting.answers.front()(
        Error{ErrorCode::kUnavailable, "too much is under way, or the service is stopping; nothing was written, try again",
              refusal});
  }
  wake_.notify_one();
}

Result<Appended> CommandHandler::submit_and_wait(CommandRequest request, bool keep_source_bytes) {
  std::promise<Result<Appended>> answer;
  std::future<Result<Appended>> waiting = answer.get_future();
  submit(std::move(request), [&answer](Result<Appended> result) { answer.set_value(std::move(result)); }, keep_source_bytes);
  return waiting.get();
}

void CommandHandler::run(std::stop_token stop) {
  while (true) {
    std::deque<Waiting> batch;
    std::vector<std::pair<Flight*, Result<Appended>>> completions;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] {
        return !completions_.empty() || (!draining_ && !waiting_.empty()) ||
               (stop.stop_requested() && pipeline_.empty() && waiting_.empty());
      });
      completions.swap(completions_);
      while (!draining_ && !waiting_.empty() && batch.size() < batch_limit_) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
      if (completions.empty() && batch.empty()) return;
    }
    for (auto& [flight, outcome] : completions) flight->outcome = std::move(outcome);
    settle_finished();
    if (!batch.empty()) decide_batch(std::move(batch));
  }
}

void CommandHandler::decide_batch(std::deque<Waiting> batch) {
  if (draining_) {  // A commit failed since the batch was taken: it goes back to the front, in order.
    retries_.insert(retries_.end(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
    return end_drain();
  }
  std::vector<Flight*> decided;
  for (Waiting& waiting : batch) decide_one(std::move(waiting), decided);
  secrets_.batch_ended();
  if (put_words(decided)) {
    for (Flight* flight : decided) send(*flight);
    batch_limit_ = std::min(batch_limit_ * 2, kMaxBatch);
  }
  settle_finished();
  cache_.trim();
}

bool CommandHandler::answer_if_known(Waiting& waiting) {
  if (const auto found = under_way_.find(waiting.request.id); found != under_way_.end()) {
    Waiting& first = found->second->waiting;
    if (first.body_digest != waiting.body_digest) {
      answer_all(waiting, reused());
    } else {
      for (Answer& answer : waiting.answers) {
        first.answers.push_back([later = std::move(answer)](Result<Appended> result) {
          if (result) result->repeated = true;
          later(std::move(result));
        });
      }
    }
    return true;
  }
  const Result<std::optional<CommandRecord>> known = log_.find_command(waiting.request.id);
  if (!known) {
    answer_all(waiting, known.error());
  } else if (*known && (*known)->body_digest != waiting.body_digest) {
    answer_all(waiting, reused());
  } else if (*known) {
    answer_all(waiting, Appended{(*known)->first, (*known)->last, (*known)->recorded_at, true});
  } else {
    return false;
  }
  return true;
}

void CommandHandler::decide_one(Waiting waiting, std::vector<Flight*>& decided) {
  if (answer_if_known(waiting)) return;
  if (const Status room = has_room_ ? has_room_() : Status(); !room) return answer_all(waiting, room.error());
  ++waiting.attempts;
  const std::vector<WordDraft> drafts = assign_words(waiting.request.command);
  Loader loader(cache_);
  Result<Decision> decision = decide(waiting.request.command, waiting.request.issuer, loader, secrets_);
  if (!decision && !loader.saw_undurable()) return answer_all(waiting, decision.error());

  auto flight = std::make_unique<Flight>();
  flight->waiting = std::move(waiting);
  if (decision) {
    flight->decision = std::move(*decision);
    flight->checks = loader.checks();
    const Uuid author = word_author(flight->waiting.request.command, flight->waiting.request.issuer, flight->checks).id;
    for (const WordDraft& draft : drafts) flight->words.push_back({draft.id, author, draft.salt, draft.text, flight->waiting.request.id});
    cache_.expect(flight->decision);
    secrets_.expect(flight->words);
    if (std::holds_alternative<EraseWords>(flight->waiting.request.command)) secrets_.forget();
    decided.push_back(flight.get());
  } else {
    flight->rejection = decision.error();
  }
  under_way_.emplace(flight->waiting.request.id, flight.get());
  pipeline_.push_back(std::move(flight));
}

// One flush for the words of all. When the vault refuses, none of the batch is sent, and each is tried again by itself.
bool CommandHandler::put_words(const std::vector<Flight*>& decided) {
  std::vector<Word> words;
  for (const Flight* flight : decided) words.insert(words.end(), flight->words.begin(), flight->words.end());
  if (words.empty()) return true;
  const Status put = vault_.put(words, clock_());
  if (put) return true;
  for (Flight* flight : decided) {
    const bool alone = decided.size() == 1;
    flight->outcome = Result<Appended>(alone ? put.error() : Error{ErrorCode::kConflict, put.error().message, put.error().rule});
    flight->unsent = true;
  }
  batch_limit_ = 1;
  return false;
}

void CommandHandler::send(Flight& flight) {
  AppendRequest request;
  request.command = flight.waiting.request.id;
  request.body_digest = flight.waiting.body_digest;
  request.checks = flight.checks;
  request.events = drafts_of(flight.decision, flight.waiting.request.occurred_at);
  request.source_time = flight.waiting.request.source_time;
  log_.append(std::move(request), [this, &flight](Result<Appended> result) {
    const std::lock_guard lock(mutex_);
    completions_.emplace_back(&flight, std::move(result));
    wake_.notify_one();
  });
}

void CommandHandler::settle_finished() {
  while (!pipeline_.empty() && (pipeline_.front()->outcome || pipeline_.front()->rejection)) {
    const std::unique_ptr<Flight> flight = std::move(pipeline_.front());
    pipeline_.pop_front();
    under_way_.erase(flight->waiting.request.id);
    settle(*flight);
  }
  end_drain();
}

void CommandHandler::settle(Flight& flight) {
  if (flight.rejection) {
    if (draining_) return retries_.push_back(std::move(flight.waiting));
    return answer_all(flight.waiting, *flight.rejection);
  }
  const Result<Appended>& outcome = *flight.outcome;
  if (outcome) return confirm(flight);
  draining_ = true;
  const bool undecided = outcome.error().code != ErrorCode::kOutcomeUnknown;
  // Words of an unknown outcome stay until the log tells (collect_orphans).
  if (undecided && !flight.unsent && !flight.words.empty()) (void)vault_.discard(ids_of(flight.words));
  if (outcome.error().code == ErrorCode::kConflict && flight.waiting.attempts < kMaxAttempts) {
    return retries_.push_back(std::move(flight.waiting));
  }
  answer_all(flight.waiting, outcome);
}

void CommandHandler::confirm(Flight& flight) {
  const Appended& appended = **flight.outcome;
  if (appended.repeated) {
    // Another writer had this very command first: its words are the ones the log mentions.
    if (!flight.words.empty()) (void)vault_.discard(ids_of(flight.words));
    draining_ = true;
  } else {
    cache_.confirm(flight.decision);
    // A lost confirmation is found again by collect_orphans.
    if (!flight.words.empty()) (void)vault_.confirm(ids_of(flight.words));
  }
  answer_all(flight.waiting, *flight.outcome);
}

void CommandHandler::end_drain() {
  if (!draining_ || !pipeline_.empty()) return;
  cache_.forget_all();
  secrets_.forget();
  draining_ = false;
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(retries_.begin()), std::make_move_iterator(retries_.end()));
  retries_.clear();
}

void CommandHandler::answer_all(Waiting& waiting, const Result<Appended>& result) {
  for (Answer& answer : waiting.answers) answer(result);
  waiting.answers.clear();
}

}  // namespace civiclog
