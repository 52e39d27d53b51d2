#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "replay-tools/csv.h"
#include "replay-tools/polis_format.h"

// participants-votes.csv: one row per participant, one column per statement, the current vote in the cell. It is
// derived from votes.csv, so reading it is checking it.

namespace civiclog::polis {

// Parses the file strictly: a `participant` column, each participant once, columns named by a number are
// known statements, cells are -1, 0, 1 or empty, counts are numbers; other columns are ignored. Anything else is
// kInvalidArgument. A well-formed file that differs from the votes is no error: the result is then a warning that names
// the first difference. Cells, n-votes, n-agree, n-disagree, n-comments, and missing rows and columns are compared.
// `file` is the name used in messages; `conversation` must be sorted and valid.
Result<std::optional<std::string>> check_matrix(ByteSource& source, std::string file, const Conversation& conversation);

}  // namespace civiclog::polis
