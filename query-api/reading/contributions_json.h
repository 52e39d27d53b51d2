#pragma once

#include <optional>

#include <boost/json.hpp>

#include "projections/contributions.h"
#include "query-api/reading/reading.h"
#include "query-api/reading/topic_lookup.h"

// Contributions in JSON. Counts and status are of the reading's position; whether its words are shown is decided by today's
// status, and an embargoed box that is open today keeps its counts back.

namespace civiclog {

// The read models a contribution is made from.
inline const std::vector<std::string_view> kContributionModels = {"contributions", "topics", "comments", "moderation"};

// Today's status if the words are not shown today; nullopt if they are.
Result<std::optional<ItemStatus>> withheld_today(const Reading& reading, const ContributionItem& item);

// {"agree": …, "disagree": …, "pass": …}, or null under embargo.
boost::json::value tally_json(const TallyRow& tally, bool embargoed);

Result<boost::json::object> contribution_json(Reading& reading, const ContributionItem& item, bool embargoed);

// A contribution by the text of its id, as of the reading's position. kNotFound when it was not there then.
Result<ContributionItem> find_contribution(const Reading& reading, std::string_view id);

// The last event that changed what the answer about it shows, its topic's embargo included.
Result<Position> contribution_changed(const Reading& reading, const ContributionItem& item, const FoundTopic& topic);

}  // namespace civiclog
