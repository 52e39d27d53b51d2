#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

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

class PendingFile;

// The four files row by row, for conversations that do not fit in memory; whoever calls it keeps the order above. Rows may come to
// the four files in any turn. Each file is written under a temporary name (".partial" is appended); commit() flushes them
// and then renames them, so that a failure or an end of the process leaves old files whole and no new one that looks it. Without
// commit() the temporary files go with the object, and the folder if it was made for them. One thread.
class ConversationFiles {
 public:
  // Makes the folder when it is missing. kInvalidArgument when a file exists; kIo with the system's reason otherwise, as of
  // everything below.
  static Result<std::unique_ptr<ConversationFiles>> open(const std::filesystem::path& directory, WriteOptions options);
  ~ConversationFiles();
  ConversationFiles(const ConversationFiles&) = delete;
  ConversationFiles& operator=(const ConversationFiles&) = delete;

  Status comment(const Statement& statement, const Tally& tally);
  Status vote(const Vote& vote);
  // Ascending numbers of the statements. Once, before the first participant.
  Status matrix_columns(std::vector<int64_t> columns);
  // Ascending by statement, at least one. `authored`: how many statements the voter wrote.
  Status participant(std::span<const LatestVote> votes, int64_t authored);
  Status summary(const SummaryRow& row);
  Status commit();

 private:
  static constexpr size_t kFiles = 4;

  ConversationFiles(std::filesystem::path directory, bool made);
  Status start();

  const std::filesystem::path directory_;
  const bool made_;
  bool committed_ = false;
  std::array<std::unique_ptr<PendingFile>, kFiles> files_;
  std::vector<int64_t> columns_;
};

// `tallies[i]` belongs to `conversation.statements[i]`; there must be one for each. All or nothing, as above; kInvalidArgument
// also for a conversation that could not be read back (see validate).
Status write_conversation(const Conversation& conversation, std::span<const Tally> tallies,
                          const std::filesystem::path& directory, WriteOptions options = {});

}  // namespace civiclog::polis
