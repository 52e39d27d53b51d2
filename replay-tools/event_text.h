#pragma once

#include <string>

#include "replay-tools/event_json.h"

// An event for people. Nothing in it can end the line or move a cursor, whatever the event says.

namespace civiclog {

// Position, time, type, stream, version, actor with role, and every field of the payload as name=value, on one line.
std::string event_line(const Envelope& envelope, const Payload& payload, const ReadWord& read_word);
// "participant 0190… (moderator)", "tag 5f…", "the system".
std::string actor_text(const Actor& actor);
// A field of a payload: a word as word:<id>, its text in quotes when there is one, or (erased).
std::string field_text(const boost::json::value& field);

}  // namespace civiclog
