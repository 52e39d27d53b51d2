#include "projections/all_projections.h"

#include "projections/activity.h"
#include "projections/ballots.h"
#include "projections/comments.h"
#include "projections/contributions.h"
#include "projections/moderation.h"
#include "projections/organisations.h"
#include "projections/participants.h"
#include "projections/topics.h"

namespace civiclog {

Projections all_projections() {
  Projections out;
  out.push_back(std::make_unique<OrganisationsProjection>());
  out.push_back(std::make_unique<TopicsProjection>());
  out.push_back(std::make_unique<ContributionsProjection>());
  out.push_back(std::make_unique<BallotsProjection>());
  out.push_back(std::make_unique<CommentsProjection>());
  out.push_back(std::make_unique<ActivityProjection>());
  out.push_back(std::make_unique<ModerationProjection>());
  out.push_back(std::make_unique<ParticipantsProjection>());
  return out;
}

}  // namespace civiclog
