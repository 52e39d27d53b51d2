#include "projections/ballots.h"

#include <fmt/format.h>

#include "projections/row_key.h"

namespace civiclog {
namespace {

constexpr size_t kBallotKeyBytes = 1 + 3 * kIdBytes;

std::string ballot_key(BoxId box, Tag tag, ContributionId contribution) { return make_key('B', box, tag, contribution); }
std::string voter_key(BoxId box, Tag tag) { return make_key('V', box, tag); }
std::string counts_key(BoxId box) { return make_key('N', box); }

// The rows one act of voting touches. Reading them says whether the box is known; write() puts them back.
struct Act {
  BoxId box;
  Tag tag;
  std::string ballot;
  std::optional<BoxCounts> counts;
  VoterRow voter;
  std::optional<BallotRow> row;

  Act(const Envelope& envelope, ContributionId contribution, ViewWriter& rows)
      : box{envelope.stream.id}, tag{envelope.stream.tag}, ballot(ballot_key(box, tag, contribution)) {
    counts = rows.row<BoxCounts>(counts_key(box));
    if (!counts) return;
    voter = rows.row<VoterRow>(voter_key(box, tag)).value_or(VoterRow{0, 0, 0, 0, 0, envelope.position, {}});
    row = rows.row<BallotRow>(ballot);
  }

  void stand() {
    ++counts->votes;
    if (voter.current++ == 0) ++counts->voters;
  }
  void fall() {
    --counts->votes;
    if (--voter.current == 0) --counts->voters;
  }
  void choose(const Envelope& envelope, Choice choice, uint32_t version) {
    if (!row) {
      stand();
      row = BallotRow{choice, version, envelope.position, {}};
    }
    row->choice = choice;
    row->contribution_version = version;
    row->last = moment_of(envelope);
  }
  void write(const Envelope& envelope, ViewWriter& rows) {
    counts->position = envelope.position;
    voter.position = envelope.position;
    rows.put_row(counts_key(box), *counts);
    rows.put_row(voter_key(box, tag), voter);
    if (row) rows.put_row(ballot, *row);
  }
};

void on(const BoxOpened& event, const Envelope& envelope, ViewWriter& rows) {
  if (envelope.stream.kind != StreamKind::kTopic || rows.get(counts_key(event.box))) return;
  BoxCounts counts;
  counts.topic = TopicId{envelope.stream.id};
  counts.position = envelope.position;
  rows.put_row(counts_key(event.box), counts);
}

void on(const BallotCast& event, const Envelope& envelope, ViewWriter& rows) {
  Act act(envelope, event.contribution, rows);
  if (!act.counts) return;
  ++act.counts->cast;
  ++act.voter.cast;
  act.choose(envelope, event.choice, event.contribution_version);
  act.write(envelope, rows);
}

void on(const BallotChanged& event, const Envelope& envelope, ViewWriter& rows) {
  Act act(envelope, event.contribution, rows);
  if (!act.counts) return;
  ++act.counts->changed;
  ++act.voter.changed;
  act.choose(envelope, event.choice, event.contribution_version);
  act.write(envelope, rows);
}

void on(const BallotReaffirmed& event, const Envelope& envelope, ViewWriter& rows) {
  Act act(envelope, event.contribution, rows);
  if (!act.counts || !act.row) return;
  ++act.counts->reaffirmed;
  ++act.voter.reaffirmed;
  act.choose(envelope, act.row->choice, event.contribution_version);
  act.write(envelope, rows);
}

void on(const BallotWithdrawn& event, const Envelope& envelope, ViewWriter& rows) {
  Act act(envelope, event.contribution, rows);
  if (!act.counts || !act.row || act.voter.current == 0) return;
  ++act.counts->withdrawn;
  ++act.voter.withdrawn;
  act.fall();
  act.row.reset();
  rows.erase(act.ballot);
  act.write(envelope, rows);
}

template <typename Other>
void on(const Other&, const Envelope&, ViewWriter&) {}

}  // namespace

void BallotsProjection::apply(const RecordedEvent& event, ViewWriter& rows) const {
  const StreamKind kind = event.envelope.stream.kind;
  if (kind != StreamKind::kBallot && kind != StreamKind::kTopic) return;
  const bool is_box = std::holds_alternative<BoxOpened>(event.payload);
  if (is_box != (kind == StreamKind::kTopic)) return;
  std::visit([&](const auto& payload) { on(payload, event.envelope, rows); }, event.payload);
}

RowDescription BallotsProjection::describe(std::string_view key, std::string_view value) const {
  KeyReader names(key);
  const char table = names.table();
  const std::string box = names.id();
  if (table == 'N') {
    const auto row = decode_row<BoxCounts>(value);
    return {"counts of box " + box,
            row ? fmt::format("voters {}, votes {} (cast {}, changed {}, reaffirmed {}, withdrawn {}; last act at {})", row->voters,
                              row->votes, row->cast, row->changed, row->reaffirmed, row->withdrawn, row->position.value)
                : "unreadable"};
  }
  const std::string tag = names.id();
  if (table == 'V') {
    const auto row = decode_row<VoterRow>(value);
    return {fmt::format("voter {} in box {}", tag, box),
            row ? fmt::format("{} choices stand (cast {}, changed {}, reaffirmed {}, withdrawn {}; from {} to {})", row->current,
                              row->cast, row->changed, row->reaffirmed, row->withdrawn, row->first.value, row->position.value)
                : "unreadable"};
  }
  if (table == 'B') {
    const auto row = decode_row<BallotRow>(value);
    return {fmt::format("choice of voter {} in box {} on contribution {}", tag, box, names.id()),
            row ? fmt::format("{} on version {}, first at {}, last act at {}", name_of(row->choice), row->contribution_version,
                              row->first.value, row->last.position.value)
                : "unreadable"};
  }
  return {"unknown row", to_hex(value)};
}

Result<std::optional<BoxCounts>> BallotQueries::counts(BoxId box) const { return reader_.row<BoxCounts>(counts_key(box)); }

Result<std::optional<VoterRow>> BallotQueries::voter(BoxId box, Tag tag) const {
  return reader_.row<VoterRow>(voter_key(box, tag));
}

Result<std::optional<BallotRow>> BallotQueries::choice(BoxId box, Tag tag, ContributionId contribution) const {
  return reader_.row<BallotRow>(ballot_key(box, tag, contribution));
}

Result<std::vector<Ballot>> BallotQueries::choices(BoxId box, Tag tag) const {
  std::vector<Ballot> out;
  const Status walked = walk(make_key('B', box, tag), [&](const Ballot& ballot) {
    out.push_back(ballot);
    return out.size() <= kMaxChoicesOfOneVoter;
  });
  if (!walked) return walked.error();
  if (out.size() > kMaxChoicesOfOneVoter) {
    return Error{ErrorCode::kUnavailable, "This voter has more choices than can be answered at once; export the box instead.", {}};
  }
  return out;
}

Status BallotQueries::matrix(BoxId box, const VisitBallot& visit) const { return walk(make_key('B', box), visit); }

Status BallotQueries::walk(const std::string& prefix, const VisitBallot& visit) const {
  Status failed;
  const Status scanned = reader_.scan(prefix, kBallotKeyBytes, {}, [&](std::string_view key, std::string_view value) {
    std::optional<BallotRow> row = decode_row<BallotRow>(value);
    if (!row || key.size() != kBallotKeyBytes) {
      failed = corrupt("A ballot of the read models cannot be read; run `civic-replay rebuild`.");
      return false;
    }
    ByteReader names(key.substr(1 + kIdBytes));
    const Tag tag{Uuid{names.array<kIdBytes>()}};
    return visit({tag, ContributionId{Uuid{names.array<kIdBytes>()}}, *row});
  });
  if (!scanned) return scanned;
  return failed;
}

}  // namespace civiclog
