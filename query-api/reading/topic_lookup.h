#pragma once

#include <string_view>

#include "projections/topics.h"
#include "query-api/reading/reading.h"

// Finding the topic of a request, and whether its box keeps its counts back. Pure over a Reading.

namespace civiclog {

struct FoundTopic {
  TopicRow then;  // As of the reading's position.
  TopicRow now;   // The same when the reading is of the latest position.
};

// By id, or else by slug. kNotFound when it was not there then. The route must read "topics".
Result<FoundTopic> find_topic(const Reading& reading, std::string_view id_or_slug);
Result<FoundTopic> find_topic(const Reading& reading, TopicId id);

// No answer has any count of an embargoed box while it is open, also not one of the past.
inline bool is_embargoed(const TopicRow& now) {
  return now.box && now.box->secrecy == Secrecy::kEmbargoed && !now.box->closed;
}

}  // namespace civiclog
