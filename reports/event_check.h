#pragma once

#include <optional>
#include <string>

#include "events/envelope.h"
#include "events/payloads.h"
#include "reports/findings.h"
#include "reports/standing_choices.h"

// What each event must be, given the ones before it: whole commits with one command, digest and time, time that never runs
// back, ballots by the tag of their stream that fit the voter's last one. The events are seen in order of position;
// after one that cannot be read, the next is taken as it comes. One thread.

namespace civiclog {

class EventCheck {
 public:
  explicit EventCheck(Findings& findings) : findings_(findings) {}

  // `payload` is nullptr when it could not be decoded.
  void event(const Envelope& envelope, const Payload* payload);
  void unreadable(Position position, const Error& error);
  void finish();
  uint64_t events() const { return events_; }
  uint64_t commits() const { return commits_; }

 private:
  void check_commit(const Envelope& envelope);
  void check_ballot(const Envelope& envelope, const Payload* payload);
  void contradiction(Position position, std::string sentence);

  Findings& findings_;
  StandingChoices choices_;
  bool choices_known_ = true;
  std::optional<Envelope> previous_;
  bool started_ = false;
  uint64_t events_ = 0;
  uint64_t commits_ = 0;
};

// "event 17", as findings name it.
std::string subject_of(Position position);

}  // namespace civiclog
