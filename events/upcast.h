#pragma once

#include "events/payloads.h"

// Old layouts and how each becomes the current one. An upcaster exists only where the old payload can supply what
// the new one asks for; otherwise the new thing is a new event type.

namespace civiclog {

// comment-posted, schema 1: written before comments had a stance.
struct CommentPostedV1 {
  TopicId topic;
  ContributionId target;
  CommentId parent;
  uint8_t depth = 0;
  WordRef body;
  std::string source_id;
};

// A comment without a stance took none: neutral.
inline CommentPosted upcast(CommentPostedV1 old) {
  return {old.topic, old.target, old.parent, old.depth, old.body, std::move(old.source_id), Stance::kNeutral};
}

}  // namespace civiclog
