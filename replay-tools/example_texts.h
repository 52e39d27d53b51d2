#pragma once

#include <array>
#include <span>

#include "events/vocabulary.h"

// What the people of the example say. Each statement has the share of people who agree with it, in percent, for each of the
// three groups of opinion that the example's people fall into.

namespace civiclog::example {

struct Statement {
  ContributionKind kind;
  const char* title;
  const char* body;
  std::array<int, 3> agree;
};

struct Remark {
  Stance stance;
  const char* body;
};

std::span<const Statement> tram_statements();
std::span<const Statement> market_statements();
std::span<const Statement> night_bus_statements();
std::span<const Remark> remarks();  // First remarks on a contribution.
std::span<const Remark> replies();  // To another comment.

}  // namespace civiclog::example
