#include "tests/simulation/settlement.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/simulation/simulation.h"

namespace civiclog {
namespace {

std::string code_of(const Result<Appended>& answer) {
  if (answer) return {};
  return answer.error().rule.empty() ? name_of(answer.error().code) : answer.error().rule;
}

// Whether the answer says what the rules say, rather than what the machine suffered.
bool is_of_the_rules(const Result<Appended>& answer) {
  if (answer) return true;
  const ErrorCode code = answer.error().code;
  return code == ErrorCode::kRejected || code == ErrorCode::kCommandReused || code == ErrorCode::kInvalidArgument;
}

std::string said(const std::string& code) { return code.empty() ? "accepted" : code; }

}  // namespace

void Settlement::fail(const std::string& what, const CommandRequest* request) {
  if (failure_.empty()) failure_ = what + (request != nullptr ? "\n  " + to_line(*request) : "");
}

void Settlement::settle(std::vector<Result<Appended>> answers, const EventLog& log, Spell spell) {
  if (answers.size() != open_.size()) return fail("not every command was answered");
  const std::vector<Commit> commits = read_commits(log);
  if (!failure_.empty()) return;
  spell == Spell::kCalm ? settle_calm(answers, commits) : settle_rough(answers, commits);
  open_.clear();
}

std::vector<Settlement::Commit> Settlement::read_commits(const EventLog& log) {
  std::vector<Commit> commits;
  Position at = head();
  Timestamp clock = history_.empty() ? Timestamp{INT64_MIN} : history_.back().envelope.recorded_at;
  if (log.head() < at) fail(fmt::format("the log ends at {}; acknowledged was {}", log.head().value, at.value));
  while (failure_.empty() && at < log.head()) {
    const Result<std::vector<StoredEvent>> events = log.read(at, kMaxReadBatch);
    if (!events || events->empty()) {
      fail("the log cannot be read: " + (events ? "nothing" : events.error().message));
      break;
    }
    for (const StoredEvent& stored : *events) {
      Result<RecordedEvent> event = record(stored);
      if (!event) fail("an event cannot be decoded: " + event.error().message);
      if (!event || event->position() != at.next()) fail(fmt::format("after position {} there is a hole", at.value));
      if (!failure_.empty()) return commits;
      if (event->envelope.recorded_at < clock) fail(fmt::format("the log's clock runs backwards at {}", at.value + 1));
      clock = event->envelope.recorded_at;
      at = at.next();
      if (event->envelope.commit_index == 0) commits.emplace_back();
      if (commits.empty() || event->envelope.commit_index != commits.back().size()) {
        fail(fmt::format("the commit at {} is not whole", at.value));
        return commits;
      }
      commits.back().push_back(std::move(*event));
    }
  }
  return commits;
}

std::string Settlement::expected(const Asked& asked) const {
  const Expectation verdict = model_.ask(asked.request);
  if (verdict.refusal == "invalid_argument") return verdict.refusal;
  const auto known = done_.find(asked.request.id);
  if (known != done_.end()) return known->second.body == asked.body ? "" : "command_reused";
  return verdict.refusal;
}

void Settlement::settle_calm(const std::vector<Result<Appended>>& answers, const std::vector<Commit>& commits) {
  size_t next = 0;
  std::map<CommandId, std::set<std::string>> before;  // What the same id was answered in this spell.
  for (size_t i = 0; i < open_.size() && failure_.empty(); ++i) {
    const Asked& asked = open_[i];
    const Result<Appended>& answer = answers[i];
    const std::string code = code_of(answer);
    const std::string right = expected(asked);
    // An id that is refused and under way may be answered together with its retry, or be in use for it.
    const auto earlier = before.find(asked.request.id);
    const bool shared = earlier != before.end() && !code.empty() && (earlier->second.contains(code) || code == "command_reused");
    if (code != right && !shared) {
      return fail(fmt::format("the answer is {} and should be {} ({})", said(code), said(right), answer ? "" : answer.error().message), &asked.request);
    }
    if (!answer) {
      before[asked.request.id].insert(code);
      refuse(code);
      continue;
    }
    if (!answer->repeated) {
      if (next == commits.size() || commits[next].front().position() != answer->first) return fail("an accepted command is not in the log in its place", &asked.request);
      if (const std::string wrong = mismatch(asked, commits[next]); !wrong.empty()) return fail("it was written otherwise: " + wrong, &asked.request);
      apply(asked, commits[next++]);
    } else {
      ++repeated_;
    }
    check_accepted(asked, *answer);
  }
  if (failure_.empty() && next != commits.size()) fail("the log has a commit that nobody was told of");
}

void Settlement::settle_rough(const std::vector<Result<Appended>>& answers, const std::vector<Commit>& commits) {
  std::vector<size_t> refusals;
  for (size_t i = 0; i < answers.size(); ++i) {
    const bool again = std::ranges::count_if(open_, [&](const Asked& one) { return one.request.id == open_[i].request.id; }) > 1;
    if (!answers[i] && is_of_the_rules(answers[i]) && !again) refusals.push_back(i);
  }
  const auto drop_right_ones = [&] { std::erase_if(refusals, [&](size_t i) { return expected(open_[i]) == code_of(answers[i]); }); };
  drop_right_ones();
  for (const Commit& commit : commits) {
    std::string wrong = "nobody asked for it";
    const Asked* owner = nullptr;
    for (size_t i = 0; i < open_.size() && owner == nullptr; ++i) {
      if (open_[i].request.id != commit.front().envelope.command) continue;
      if (answers[i] || answers[i].error().code == ErrorCode::kOutcomeUnknown) {
        wrong = mismatch(open_[i], commit);
        if (wrong.empty()) owner = &open_[i];
      } else {
        wrong = "its answer said that nothing was written: " + answers[i].error().message;
      }
    }
    if (owner == nullptr) return fail(fmt::format("the commit at {} should not be there: {}", commit.front().position().value, wrong));
    apply(*owner, commit);
    drop_right_ones();
  }
  if (!refusals.empty()) {
    const size_t i = refusals.front();
    return fail(fmt::format("the answer is {} and should be {}", code_of(answers[i]), said(expected(open_[i]))), &open_[i].request);
  }
  for (size_t i = 0; i < open_.size() && failure_.empty(); ++i) settle_rough_answer(open_[i], answers[i]);
}

void Settlement::settle_rough_answer(const Asked& asked, const Result<Appended>& answer) {
  if (answer) return check_accepted(asked, *answer);
  if (is_of_the_rules(answer)) return refuse(code_of(answer));
  unknown_.push_back(asked);
}

std::string Settlement::mismatch(const Asked& asked, const Commit& commit) const {
  if (commit.front().envelope.command != asked.request.id) return "the command id is another's";
  const Expectation verdict = model_.ask(asked.request);
  if (!verdict.accepted()) return "it is to be refused: " + verdict.refusal;
  if (commit.size() != verdict.events.size()) return fmt::format("{} events, not {}", commit.size(), verdict.events.size());
  for (size_t i = 0; i < commit.size(); ++i) {
    if (commit[i].envelope.occurred_at != asked.request.occurred_at) return "the source's time is another";
    if (std::string wrong = model_.compare(verdict.events[i], commit[i]); !wrong.empty()) return wrong;
  }
  return {};
}

void Settlement::apply(const Asked& asked, const Commit& commit) {
  const Expectation verdict = model_.ask(asked.request);
  for (size_t i = 0; i < commit.size(); ++i) {
    const RecordedEvent& event = commit[i];
    model_.happen(event);
    model_.learn(asked.request, verdict.events[i], event);
    history_.push_back(event);
    ByteWriter out;
    out.text(event.envelope.type);
    if (event.envelope.stream.kind != StreamKind::kBallot) out.raw(view(event.envelope.stream.id.bytes));
    for (const std::string& text : verdict.events[i].texts) out.text(text);
    const Digest link = sha256(chained_ + out.take());
    chained_ = std::string(view(link));
  }
  const Envelope& last = commit.back().envelope;
  const bool fresh = done_.emplace(asked.request.id, Done{commit.front().position(), last.position, last.recorded_at, asked.body}).second;
  if (!fresh) fail("a command is in the log twice", &asked.request);
  ++accepted_;
}

void Settlement::check_accepted(const Asked& asked, const Appended& answer) {
  const auto done = done_.find(asked.request.id);
  if (done == done_.end()) return fail("what was acknowledged is lost", &asked.request);
  if (done->second.body != asked.body) return fail("another body under the same id is acknowledged", &asked.request);
  if (done->second.first != answer.first || done->second.last != answer.last || done->second.recorded_at != answer.recorded_at) {
    fail("its positions or time are not the log's", &asked.request);
  }
}

void Settlement::refuse(const std::string& code) {
  ++refused_;
  ++refusals_[code];
}

Model Settlement::past(Position as_of) const {
  Model model;
  for (size_t i = 0; i < as_of.value; ++i) model.happen(history_[i]);
  return model;
}

std::string Settlement::compare_times(const EventLog& log, Dice& dice) const {
  if (history_.empty()) return {};
  for (int i = 0; i < 20; ++i) {
    const Timestamp time{dice.pick(history_).envelope.recorded_at.ms + static_cast<int64_t>(dice.below(3)) - 1};
    Position right;
    for (const RecordedEvent& event : history_) {
      if (event.envelope.recorded_at <= time) right = event.position();
    }
    const Result<Position> found = position_at(log, time);
    if (!found || *found != right) return fmt::format("the position at {} is not {}", to_rfc3339(time), right.value);
  }
  return {};
}

}  // namespace civiclog
