#include "reports/event_check.h"

#include <fmt/format.h>

namespace civiclog {

std::string subject_of(Position position) { return fmt::format("event {}", position.value); }

void EventCheck::contradiction(Position position, std::string sentence) {
  findings_.add(FindingKind::kTampering, position, subject_of(position), std::move(sentence));
}

void EventCheck::event(const Envelope& envelope, const Payload* payload) {
  check_commit(envelope);
  check_ballot(envelope, payload);
  ++events_;
  if (envelope.commit_index == 0) ++commits_;
  previous_ = envelope;
  started_ = true;
}

void EventCheck::unreadable(Position position, const Error& error) {
  findings_.add(position, subject_of(position), error);
  previous_.reset();
  started_ = true;
  // It may have been anybody's ballot: what comes after can no longer be compared with it.
  choices_known_ = false;
}

void EventCheck::finish() {
  if (previous_ && previous_->commit_index + 1 != previous_->commit_size) {
    findings_.add(FindingKind::kDamage, previous_->position, subject_of(previous_->position),
                  "is the last one, but its commit has more events");
  }
  if (!choices_known_) {
    findings_.note("ballots after the first event that cannot be read were not compared with the ones before them");
  }
  if (choices_.is_full()) {
    findings_.note(fmt::format("only the first {} choices were compared with the ones before them", StandingChoices::kMaxChoices));
  }
}

void EventCheck::check_commit(const Envelope& e) {
  if (!previous_) {
    if (!started_ && e.commit_index != 0) contradiction(e.position, "is the first one, but not the first of its commit");
    return;
  }
  const Envelope& before = *previous_;
  if (e.recorded_at < before.recorded_at) contradiction(e.position, "was recorded before the one before it");
  const bool continues = before.commit_index + 1 < before.commit_size;
  const bool is_same = e.command == before.command && e.body_digest == before.body_digest && e.commit_size == before.commit_size &&
                       e.commit_index == before.commit_index + 1 && e.recorded_at == before.recorded_at;
  if (continues ? !is_same : e.commit_index != 0) contradiction(e.position, "does not fit the commit of the one before it");
}

void EventCheck::check_ballot(const Envelope& e, const Payload* payload) {
  if (e.stream.kind != StreamKind::kBallot) return;
  if (e.actor.kind != ActorKind::kBallotTag || e.actor.id != e.stream.tag) {
    contradiction(e.position, "is a ballot of another tag than that of its stream");
  }
  if (payload == nullptr) choices_known_ = false;
  if (payload == nullptr || !choices_known_) return;
  if (auto problem = choices_.apply(e, *payload)) contradiction(e.position, std::move(*problem));
}

}  // namespace civiclog
