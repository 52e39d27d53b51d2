#pragma once

#include "base/result.h"
#include "commands/command.h"
#include "commands/fact.h"
#include "commands/organisation.h"

// The record that history was brought in from elsewhere. Pure.

namespace civiclog {

struct ImportState {
  bool exists = false;
};

void evolve(ImportState& state, const Fact& fact);

Result<Decision> decide(const StartImport& command, const Issuer& issuer, const ImportState& import,
                        const OrganisationState& organisation);

}  // namespace civiclog
