#pragma once

#include <boost/json.hpp>

#include "commands/command.h"

// A command as the body of the request that asks for it, written by hand from docs/http-api.md and not by the code under test: what
// is in the address is left out, and so is what is not given. StartImport, which no request asks for, is {}.

namespace civiclog {

boost::json::object body_of(const Command& command);

}  // namespace civiclog
