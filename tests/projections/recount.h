#pragma once

#include <map>
#include <string>
#include <vector>

#include "events/envelope.h"
#include "projections/view_snapshot.h"
#include "tests/projections/fixture.h"

namespace civiclog {

// What can be said about a log, fact by fact, in words: "tally <contribution>" -> "agree 2, disagree 0, pass 1".
using Picture = std::map<std::string, std::string>;

// Counted plainly from the first `count` events, with no memory of earlier counts and none of the projections' code.
Picture recount(const std::vector<StoredEvent>& events, size_t count);

// Boxes and voters to ask about: no list names them.
struct Asked {
  std::vector<BoxId> boxes;
  std::vector<std::pair<BoxId, Tag>> voters;
};
Asked asked_of(const std::vector<StoredEvent>& events);

// The same facts, asked of the read models: of now, or as of a position. Walks every list in pages of `page_size`.
Picture observe(const ViewSnapshot& snapshot, std::optional<Position> as_of, size_t page_size, const Asked& asked);

// For messages: what differs.
std::string differences(const Picture& expected, const Picture& found);

}  // namespace civiclog
