#pragma once

#include "installation/data_directory.h"
#include "reports/verification.h"

namespace civiclog {

// The verification of a data directory, stopped or with a writer: first its files, block by block (only without a writer; a note
// says when not), then everything that can still be opened. What cannot be opened is a finding. An error only when nothing could
// be checked. One thread; changes nothing.
Result<Verification> verify_record(const DataDirectory& data, const VerificationProgress& progress = {});

}  // namespace civiclog
