#pragma once

#include <boost/json.hpp>

#include "query-api/reading/reading.h"
#include "query-api/reading/topic_lookup.h"

// A topic in JSON: phases as planned and as they were, rules, box, what is counted in it, and where it was imported from.

namespace civiclog {

// The read models a topic is made from.
inline const std::vector<std::string_view> kTopicModels = {"topics", "contributions", "comments", "ballots"};

struct TopicJson {
  boost::json::object body;
  Position changed;  // Of all that is in it.
};

Result<TopicJson> topic_json(Reading& reading, const FoundTopic& topic);

}  // namespace civiclog
