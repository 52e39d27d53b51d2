#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "replay-tools/csv.h"
#include "replay-tools/polis_format.h"

// Reads a Polis export, whole and strictly: either every file is well-formed and the files agree, or the result is one
// Error (kInvalidArgument; kIo when a disk fails) whose sentence names file (in its folder, as that was given), line and
// column and says what was expected. Nothing is returned before everything is checked. Safe from any thread.
//
//   comments.csv            timestamp, comment-id, author-id, agrees, disagrees, moderated, comment-body
//   votes.csv               timestamp, comment-id, voter-id, vote; a header without rows is a conversation without votes
//   summary.csv             key and value per row, no header; each key once
//   participants-votes.csv  may be missing; when it is there it is checked against the votes (polis_matrix.h)
//
// Columns are found by name (column_key: case, spaces, '_' and '-' do not matter), in any order; other columns,
// `datetime` among them, are ignored. Times are the ms since 1970 of `timestamp`, ids whole numbers from 0.
//
// Line ends: when every line feed of a file follows a carriage return, the file went through a CRLF conversion, and a CRLF
// inside a text is read as the line feed it was. In any other file a text keeps its bytes.
//
// Memory: 32 bytes per vote (twice that while sorting), the texts, and a buffer of at most kMaxCsvRecordBytes.

namespace civiclog::polis {

struct Sources {
  ByteSource& comments;
  ByteSource& votes;
  ByteSource& summary;
  ByteSource* participants_votes = nullptr;  // Not owned; may be missing.
  std::filesystem::path folder = {};         // As messages are to name it in front of each file.
};

struct Reading {
  Conversation conversation;
  // Sentences about what is odd and no error: a file that ends without a line break, a vote older than its statement, two
  // choices in one millisecond, times that look like seconds, a matrix that differs from the votes. At most one of each kind
  // and file, naming the first case.
  std::vector<std::string> warnings;
};

Result<Reading> read_conversation(const std::filesystem::path& directory);
Result<Reading> read_conversation(const Sources& sources);

}  // namespace civiclog::polis
