#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "base/id.h"
#include "base/time.h"
#include "events/envelope.h"
#include "projections/moment.h"

// How the values of the field look in JSON: ids as UUID text, times as RFC 3339 in UTC, choices and the like by their names.
// Pure and thread-safe.

namespace civiclog {

boost::json::value text_json(std::string_view text);
// null for an empty text, such as the source id of what was not imported.
boost::json::value optional_text_json(std::string_view text);
boost::json::value time_json(Timestamp time);
boost::json::value hex_json(std::string_view bytes);

// null for a nil id.
boost::json::value id_json(const Uuid& id);
template <typename Kind>
boost::json::value id_json(const Id<Kind>& id) { return id_json(id.uuid); }

template <typename Enum>
boost::json::value name_json(Enum value) { return text_json(name_of(value)); }

// {"at": …, "position": N}
boost::json::value moment_json(const Moment& moment);
// {"kind": "participant", "id": …, "role": "citizen"}; the id of the system is null.
boost::json::value actor_json(const Actor& actor);

}  // namespace civiclog
