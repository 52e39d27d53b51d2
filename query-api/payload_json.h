#pragma once

#include <boost/json.hpp>

#include "events/payloads.h"

// What an event says, in JSON: the fields of its payload by their names. Words appear as the log has them, {"word": id,
// "commitment": hex}, never as text. Pure and thread-safe.

namespace civiclog {

boost::json::object payload_json(const Payload& payload);

}  // namespace civiclog
