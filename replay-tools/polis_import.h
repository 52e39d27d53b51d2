#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/position.h"
#include "base/result.h"
#include "events/vocabulary.h"
#include "replay-tools/progress.h"

// Replays a conversation in the public Polis export format as commands, so that every rule is asked as for a living
// participant. The files are read and checked whole before the first event is written.
//
// What becomes what: the conversation → a topic with one phase that is left open (the export does not say that it ended); a
// participant → a participant, verified by the import; a statement → an opinion; each row of votes.csv → a ballot act in the
// order of its milliseconds; a final moderation status → a decision after the last vote on its statement, on the ground
// "imported". The rows of summary.csv are kept as a word of the import. Group ids are no acts and are not kept.
//
// Command ids are made of the source rows, so importing the same content again writes nothing, and an import that was
// interrupted goes on where it stopped. Into a log that has recorded nothing later than the source's first act, the source's
// times drive the log's clock; otherwise recorded_at is now, and occurred_at has the source's time. The import-started event
// says which.

namespace civiclog {

class Installation;

struct PolisImportOptions {
  std::filesystem::path source;        // The directory with the CSV files.
  std::optional<std::string> slug;     // Of the topic; the directory's name unless given.
  std::string organisation = "imported";  // Slug; registered if it does not exist.
  Secrecy secrecy = Secrecy::kOpen;    // The source has published every vote.
};

struct PolisImported {
  TopicId topic;
  std::string slug;
  Position position;      // The log's head afterwards.
  uint64_t written = 0;   // Events written by this run.
  std::vector<std::string> warnings;
};

// The slug the topic will have: as asked for, or the directory's name. kInvalidArgument when that cannot be one.
Result<std::string> slug_of_import(const PolisImportOptions& options);

// Errors: kInvalidArgument for what the files say, and for a slug that other content was imported under (nothing is written), those of the rules and of the log otherwise.
Result<PolisImported> import_polis(Installation& installation, const PolisImportOptions& options, const ReportProgress& progress);

}  // namespace civiclog
