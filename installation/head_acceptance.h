#pragma once

#include "base/result.h"
#include "events/head_anchor.h"
#include "installation/data_directory.h"

namespace civiclog {

// Goes on with a log that has lost its end, on purpose: declares the present end the right one, and takes the vault's mark of how
// far erasures were applied back to it. The read models are to be rebuilt afterwards. Again does nothing. Errors: as for opening
// the log and the vault, but for the lost end.
Result<AcceptedHead> accept_present_head(const DataDirectory& directory);

}  // namespace civiclog
