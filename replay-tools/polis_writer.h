#pragma once

#include <filesystem>
#include <span>

#include "base/result.h"
#include "replay-tools/polis_format.h"

// Writes a conversation as a Polis export: comments.csv, votes.csv, participants-votes.csv, summary.csv, with the headers
// of the published exports, UTF-8, line feeds. Reading them back gives the same conversation, and writing
// that gives the same bytes. Safe from any thread; two writers into one folder at a time are not guarded against.
//
//   comments.csv            by creation time, then id; agrees and disagrees are the tallies given
//   votes.csv               every act, by statement, voter, time, as the published exports have it
//   participants-votes.csv  a row per participant and a column per statement with at least one vote, ascending; the current
//                           choice; group-id is left empty: no act holds it
//   summary.csv             the rows as they are
//
// `datetime` is the RFC 3339 form of the timestamp in UTC (the published exports have local words there, which
// nobody should parse). Texts that a spreadsheet would take for a formula are quoted and otherwise unaltered; see
// CsvWriter for what that does and does not do.

namespace civiclog::polis {

struct WriteOptions {
  bool overwrite = false;  // Replace files of these names; otherwise their presence is refused before anything is written.
};

// `tallies[i]` belongs to `conversation.statements[i]`; there must be one for each. Makes the folder when it is missing.
// Each file is written and flushed under a temporary name (".partial" is appended) and then renamed; the renames come last, so
// a failure leaves old files whole. kInvalidArgument for a conversation that could not be read back (see validate),
// or when a file exists; kIo with the system's reason otherwise.
Status write_conversation(const Conversation& conversation, std::span<const Tally> tallies,
                          const std::filesystem::path& directory, WriteOptions options = {});

}  // namespace civiclog::polis
