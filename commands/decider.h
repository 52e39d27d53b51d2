#pragma once

#include "base/result.h"
#include "commands/command.h"
#include "commands/fact.h"
#include "commands/secrets.h"
#include "commands/stream_state.h"

// From a command to a decision: loads the streams its rules need and asks the noun's own pure decide(). Every stream
// loaded is checked again when the decision is written.

namespace civiclog {

Result<Decision> decide(const Command& command, const Issuer& issuer, Loader& loader, Secrets& secrets);

}  // namespace civiclog
