#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "base/time.h"

// A conversation in the public export format of Polis (the openData exports): what the files hold, and what
// follows from it by counting. Pure values, no files: polis_reader.h reads them, polis_writer.h writes them.
// Everything here is safe from any thread.
//
// The published agrees and disagrees of a statement are kept as they were published, and they are not
// to be believed: the source counts vote rows, not current votes. latest_tallies() is the right count.
//
// What the format holds and a Conversation does not: `datetime` (the ms timestamp in local words), `xid`, and the
// group ids of participants-votes.csv, which are the result of the source's mathematics and no act of anybody.

namespace civiclog::polis {

inline constexpr size_t kMaxStatements = 100'000;
inline constexpr size_t kMaxVotes = 20'000'000;
inline constexpr size_t kMaxBodyBytesTotal = size_t{512} << 20;
inline constexpr size_t kMaxSummaryRows = 1'000;
inline constexpr Timestamp kMaxTime{253'402'300'799'999};  // The end of the year 9999, as far as RFC 3339 reaches.

// Numbers as the files write them.
enum class Moderation : int8_t { kRejected = -1, kNotYet = 0, kAccepted = 1 };
enum class Choice : int8_t { kDisagree = -1, kPass = 0, kAgree = 1 };

struct Statement {
  int64_t id = 0;
  int64_t author = 0;
  Timestamp created;
  Moderation moderated = Moderation::kNotYet;
  int64_t published_agrees = 0;
  int64_t published_disagrees = 0;
  std::string body;  // Exactly the source's bytes: may be empty, have several lines, begin with '='.

  friend bool operator==(const Statement&, const Statement&) = default;
};

// One row of votes.csv: one act. A voter may vote on a statement more than once; the last one counts.
struct Vote {
  Timestamp time;
  int64_t statement = 0;
  int64_t voter = 0;
  uint32_t ordinal = 0;  // 0, 1, 2 … among rows alike in time, statement, voter and choice.
  Choice choice = Choice::kPass;

  friend bool operator==(const Vote&, const Vote&) = default;
};
static_assert(sizeof(Vote) <= 32);  // There are millions.

struct SummaryRow {
  std::string key;  // "topic", "url", "views", "voters", … as spelled in the file.
  std::string value;

  friend bool operator==(const SummaryRow&, const SummaryRow&) = default;
};

struct Conversation {
  std::vector<Statement> statements;  // By creation time, then id.
  std::vector<Vote> votes;            // By time, statement, voter; then as in the file. So: in the order they count.
  std::vector<SummaryRow> summary;    // As in the file.

  friend bool operator==(const Conversation&, const Conversation&) = default;
};

// Brings a conversation whose votes stand in file order into the order described above, and numbers the
// ordinals. The order of rows in the files leaves no trace, with one exception: different choices of one voter on
// one statement in the same millisecond keep their file order, since nothing else tells which was last.
void sort_conversation(Conversation& conversation);

// The value of a row of the summary, its key compared as column names are (see column_key).
std::optional<std::string_view> summary_value(const Conversation& conversation, std::string_view key);

// A column or summary name without regard to case and to spaces, '_' and '-': "comment-id", "comment_id", "Comment
// ID" and "commentId" are one name. Those are all the spellings accepted; there are no synonyms.
std::string column_key(std::string_view name);

// What a voter's current choice on a statement is.
struct LatestVote {
  int64_t voter = 0;
  int64_t statement = 0;
  Choice choice = Choice::kPass;

  friend bool operator==(const LatestVote&, const LatestVote&) = default;
};

// One per pair of voter and statement, by voter, then statement. Needs the votes sorted.
std::vector<LatestVote> latest_votes(const Conversation& conversation);

struct Tally {
  int64_t agrees = 0;
  int64_t disagrees = 0;
  int64_t passes = 0;

  friend bool operator==(const Tally&, const Tally&) = default;
};

// Current votes per statement: element i belongs to statements[i]. Needs a valid conversation.
std::vector<Tally> latest_tallies(const Conversation& conversation);

// Finds statements by their id.
class StatementIndex {
 public:
  explicit StatementIndex(std::span<const Statement> statements);
  std::optional<size_t> find(int64_t id) const;
  // An id that more than one statement has; nullopt when there is none.
  std::optional<int64_t> repeated_id() const;

 private:
  struct Entry {
    int64_t id;
    size_t place;
  };
  std::vector<Entry> by_id_;
};

// Whether the conversation can be written and read back exactly: unique non-negative ids, times between 1970 and 9999,
// every vote on a statement that exists, texts that are UTF-8 without NUL, everything within its limit and sorted.
// kInvalidArgument says what is not.
Status validate(const Conversation& conversation);

// The part of it that is about a statement's text, for conversations whose texts come one by one.
Status validate_text(const Statement& statement);

// SHA-256 over the acts and words of a valid conversation, whatever files they came from: order of rows and columns,
// extra columns, byte-order mark and line ends make no difference. The published agrees and disagrees are left out, since
// they are derived (and wrong), so an export with right tallies has the digest of its source. Hashed are, integers as
// 64-bit little-endian, text as 32-bit little-endian length and bytes:
//
//   text "civiclog polis conversation 1"
//   number of statements; for each by (created, id): created, id, author, moderated, text body
//   number of votes; for each by (time, statement, voter, file order): time, statement, voter, choice
//   number of summary rows; for each by key: text key, text value
Digest content_digest(const Conversation& conversation);

}  // namespace civiclog::polis
