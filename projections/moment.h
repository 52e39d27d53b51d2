#pragma once

#include <tuple>

#include "events/envelope.h"

namespace civiclog {

// When something happened: where in the log, and the time to show (the source's, if the event was imported).
// as_of=<time> goes by the log's clock instead; see position_at() in events/event_log.h.
struct Moment {
  Position position;
  Timestamp time;

  template <typename Self>
  static auto fields(Self& moment) { return std::tie(moment.position, moment.time); }
  friend bool operator==(const Moment&, const Moment&) = default;
};

inline Moment moment_of(const Envelope& envelope) { return {envelope.position, envelope.happened_at()}; }

}  // namespace civiclog
