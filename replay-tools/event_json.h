#pragma once

#include <functional>

#include <boost/json.hpp>

#include "events/envelope.h"
#include "events/payloads.h"
#include "vault/vault.h"

// An event in JSON: the envelope's fields, and under "payload" the event's own by the names the service's /v1/events uses too. A word is
// {"word": id, "commitment": hex}; with a reader it also has "text", or "state": "erased" or "not_here". Nil ids and
// words that were not given are null. Pure but for the reader.

namespace civiclog {

// Where words are looked up; empty: they are not.
using ReadWord = std::function<Result<WordLookup>(WordId)>;

boost::json::object payload_json(const Payload& payload, const ReadWord& read_word);
boost::json::object event_json(const Envelope& envelope, const Payload& payload, const ReadWord& read_word);

}  // namespace civiclog
