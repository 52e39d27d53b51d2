#include "replay-tools/event_filter.h"

#include "reports/word_authors.h"

namespace civiclog {

bool EventFilter::matches_envelope(const Envelope& envelope) const {
  if (!type.empty() && envelope.type != type) return false;
  return !actor || envelope.actor.id == *actor;
}

bool EventFilter::matches_topic(const Envelope& envelope, const Payload& payload) const {
  return !topic || topic_of(envelope, payload) == topic;
}

}  // namespace civiclog
