#pragma once

#include <optional>

#include <boost/json.hpp>

#include "projections/contribution_row.h"
#include "projections/moderation.h"
#include "query-api/reading/reading.h"

// Moderation decisions in JSON: action, ground, facts and policy.

namespace civiclog {

boost::json::object decision_json(Reading& reading, const DecisionRow& decision);

// The last decision on an item, or null. The route must read "moderation".
Result<boost::json::value> moderation_json(Reading& reading, const std::optional<ModerationMark>& mark);

}  // namespace civiclog
