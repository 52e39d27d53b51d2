#pragma once

#include <filesystem>
#include <string>

#include "base/id.h"
#include "base/position.h"
#include "base/result.h"
#include "events/event_log.h"
#include "replay-tools/progress.h"
#include "vault/vault.h"

// A topic as a conversation in the public Polis export format, with correct tallies.
//
// Statements are the topic's contributions of every kind: their source id where they were imported, otherwise the next free
// number in order of submission. `moderated` is 1 published, 0 pending, -1 rejected, hidden or withdrawn. The body is the
// exact text; of a hidden contribution "[hidden]", of an erased one "[erased]". Voters have the number of the imported participant
// they are; voters of our own get shuffled numbers that say nothing about who they are, and authors of our own numbers of
// their own, so that a choice is not tied to an author. Votes on which the voter later withdrew the choice are left out:
// the format has no word for it. What no event holds (group ids) is empty; the summary is that of the import.
//
// Needs the vault: texts, and the box key and identities that say which voter an imported participant is.
//
// The log is read once; votes wait in scratch files in the folder of the export, nameless, so that they are gone with the process,
// and are sorted there: 24 bytes per vote, twice, and 8 per pair of voter and statement. Memory does not grow with the votes: about
// kExportSortBytes, what polis_topic.h says per statement, voter and imported participant, and a row.

namespace civiclog {

inline constexpr size_t kExportSortBytes = 64u << 20;

struct PolisExportOptions {
  std::string topic;  // Id or slug.
  std::filesystem::path out;
  bool overwrite = false;
  size_t sort_bytes = kExportSortBytes;  // Less makes more runs to merge.
};

struct PolisExported {
  TopicId topic;
  std::string slug;
  Position position;  // Everything up to here is in the files.
  uint64_t statements = 0;
  uint64_t votes = 0;
};

// Errors: kNotFound (no such topic), kRejected ("embargoed": an embargoed box is still open), kIncompatible (the vault does not
// belong to this log, or a word is missing), kUnavailable ("too_large": more than the format may hold, see polis_format.h),
// those of the log and of the writer. After an error or an end of the process there are the files there were before.
Result<PolisExported> export_polis(const EventLog& log, const Vault& vault, const PolisExportOptions& options,
                                   const ReportPhase& progress);

}  // namespace civiclog
