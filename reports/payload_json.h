#pragma once

#include <functional>

#include <boost/json.hpp>

#include "base/result.h"
#include "events/payloads.h"
#include "vault/vault.h"

// What an event says, in JSON: the fields of its payload by their names, one spelling for the service and the tools. Ids are UUID
// text, times RFC 3339 in UTC, digests hexadecimal, listed values their names. A word is {"word": id, "commitment": hex}; with a
// reader it also has "text", or "state": "erased", "not_here" or "damaged". Nil ids, empty source ids and words that were not
// given are null. Pure but for the reader, and as safe between threads as that is.

namespace civiclog {

// Where words are looked up; empty: they are not.
using ReadWord = std::function<Result<WordLookup>(WordId)>;

boost::json::object payload_json(const Payload& payload, const ReadWord& read_word = {});

// Parts of payloads that other answers show too.
boost::json::object rules_json(const Rules& rules);
boost::json::object allows_json(const PhasePermissions& allows);

}  // namespace civiclog
