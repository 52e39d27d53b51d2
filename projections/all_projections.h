#pragma once

#include "projections/projection.h"

namespace civiclog {

// Every read model there is: organisations, topics, contributions, ballots, comments, activity, moderation, participants.
Projections all_projections();

}  // namespace civiclog
