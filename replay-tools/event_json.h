#pragma once

#include <boost/json.hpp>

#include "events/envelope.h"
#include "reports/payload_json.h"

// An event in JSON: the envelope's fields, and under "payload" the event's own (reports/payload_json.h). Pure but for the reader
// of words.

namespace civiclog {

boost::json::object event_json(const Envelope& envelope, const Payload& payload, const ReadWord& read_word);

}  // namespace civiclog
