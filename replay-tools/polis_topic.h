#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "events/event_log.h"
#include "events/payloads.h"
#include "events/vocabulary.h"
#include "replay-tools/polis_format.h"
#include "replay-tools/progress.h"
#include "replay-tools/record_run.h"

// What the log says about one topic, as its export needs it. The acts of voters, of which there are many, go to a file in the order
// of the log; in memory is only what there is once per statement, per voter and per participant of the topic's import. Payloads
// are decoded only of events that may belong to the topic. One thread.
//
// Memory: about 400 bytes per statement without its texts, 80 per voter, 80 per imported participant.

namespace civiclog {

struct TopicStatement {
  ContributionId id;
  std::string source_id;
  Uuid author;
  Timestamp created;
  WordId title;
  WordId body;
  ItemStatus status = ItemStatus::kPending;
};

struct ImportedPerson {
  int64_t number = 0;  // In the source.
  WordId identity;     // Nil before the verification.
};

enum class BallotMark : int8_t { kDisagree = -1, kPass = 0, kAgree = 1, kWithdrawn = 2 };

// One act of a voter. Statement and voter are numbers of the reader's own, from 0.
struct BallotAct {
  uint32_t statement = 0;
  uint32_t voter = 0;
  Timestamp time;
  uint32_t order = 0;  // Among all acts of the topic.
  BallotMark mark = BallotMark::kPass;
};
static_assert(sizeof(BallotAct) == 24);  // There are millions.

// 0 and up, in plain decimal, as Polis numbers people and statements.
std::optional<int64_t> polis_number(std::string_view text);

class TopicHistory {
 public:
  explicit TopicHistory(TopicId topic) : topic_(topic) {}

  // Only the topic's own stream, so that what is refused is refused at once.
  Status read_topic(const EventLog& log, Position up_to);
  // Everything else, once, after read_topic(). The acts go to `file`, with indexes into `statements` and `voters`. kUnavailable with more
  // statements or votes than the format may have.
  Status read(const EventLog& log, Position up_to, RecordWriter<BallotAct>& file, const ReportProgress& progress);

  bool exists = false;
  std::string slug;
  WordId title;
  std::optional<BoxOpened> box;  // The last one.
  bool box_closed = false;
  std::string import_source;     // Empty: the topic is our own.
  WordId import_attributes;
  std::unordered_map<Uuid, ImportedPerson, UuidHash> imported;  // By participant.
  std::vector<TopicStatement> statements;                       // In order of submission.
  std::vector<Tag> voters;                                      // In order of their first act.
  uint64_t acts = 0;

 private:
  Status apply(const StoredEvent& event, RecordWriter<BallotAct>& file);
  bool may_concern(const Envelope& envelope) const;
  void apply_to_topic(const Payload& payload);
  Status apply_to_contribution(const Envelope& envelope, const Payload& payload);
  Status apply_to_ballot(const Envelope& envelope, const Payload& payload, RecordWriter<BallotAct>& file);
  void apply_to_participant(const Uuid& participant, const Payload& payload);
  Status add(const Envelope& envelope, ContributionId contribution, BallotMark mark, RecordWriter<BallotAct>& file);

  const TopicId topic_;
  std::unordered_set<Uuid, UuidHash> boxes_;
  std::unordered_map<ContributionId, uint32_t, UuidHash> index_;
  std::unordered_map<Uuid, uint32_t, UuidHash> voter_index_;
};

}  // namespace civiclog
