#include "replay-tools/polis_export.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include <fmt/format.h>

#include "replay-tools/arguments.h"
#include "replay-tools/csv.h"
#include "replay-tools/external_sort.h"
#include "replay-tools/polis_people.h"
#include "replay-tools/polis_topic.h"
#include "replay-tools/polis_writer.h"

namespace civiclog {
namespace {

constexpr size_t kScratchBufferBytes = 1 << 20;
constexpr uint64_t kReportEvery = 4'096;

// An act in the order of votes.csv; statement and voter are ranks by their numbers. Withdrawals come before all choices of
// their pair, whatever their time, so that which choices they void is known when these come.
struct OrderedAct : BallotAct {
  friend bool operator<(const OrderedAct& a, const OrderedAct& b) {
    if (a.statement != b.statement) return a.statement < b.statement;
    if (a.voter != b.voter) return a.voter < b.voter;
    if (a.time != b.time) return a.time < b.time;
    return a.order < b.order;
  }
};
constexpr Timestamp kBeforeAllChoices{std::numeric_limits<int64_t>::min()};

// The choice that stands of a voter on a statement, in the order of participants-votes.csv: voter 32 bits, statement 30, choice 2.
using StandingChoice = uint64_t;

StandingChoice standing(uint32_t voter, uint32_t statement, polis::Choice choice) {
  return uint64_t{voter} << 32 | uint64_t{statement} << 2 | static_cast<uint64_t>(static_cast<int>(choice) + 1);
}
uint32_t voter_of(StandingChoice choice) { return static_cast<uint32_t>(choice >> 32); }
uint32_t statement_of(StandingChoice choice) { return static_cast<uint32_t>(choice) >> 2; }
polis::Choice choice_of(StandingChoice choice) { return static_cast<polis::Choice>(static_cast<int>(choice & 3) - 1); }

class PolisExport {
 public:
  PolisExport(const TopicHistory& history, const Vault& vault, PolisPeople people, const PolisExportOptions& options,
              const ReportPhase& progress)
      : history_(history), vault_(vault), people_(std::move(people)), options_(options), progress_(progress),
        standing_(options.out, options.sort_bytes / 2) {}

  Status write(const ScratchFile& acts, polis::ConversationFiles& files);
  uint64_t votes() const { return votes_; }

 private:
  void number_statements();
  Status write_votes(const ScratchFile& acts, polis::ConversationFiles& files);
  Status sort_acts(const ScratchFile& acts, ExternalSort<OrderedAct>& sorted);
  Status end_pair(const OrderedAct& last);
  Status write_comments(polis::ConversationFiles& files);
  Status write_matrix(polis::ConversationFiles& files);
  Result<std::string> text_of(WordId word) const;
  Result<std::string> body_of(const TopicStatement& statement) const;
  Status read_summary();
  void report(const char* phase, uint64_t done, uint64_t total) const {
    if (progress_ && (done % kReportEvery == 0 || done == total)) progress_(phase, done, total);
  }

  const TopicHistory& history_;
  const Vault& vault_;
  PolisPeople people_;
  const PolisExportOptions& options_;
  const ReportPhase& progress_;
  // Statements without their texts, by time and number as in comments.csv, and the summary.
  polis::Conversation frame_;
  std::vector<uint32_t> place_in_history_;     // Of frame_.statements[i].
  std::vector<int64_t> statement_numbers_;     // By rank, ascending.
  std::vector<uint32_t> statement_rank_;       // By place in the history.
  std::vector<polis::Tally> tallies_;          // By rank.
  ExternalSort<StandingChoice> standing_;
  uint64_t votes_ = 0;
};

Result<std::string> PolisExport::text_of(WordId word) const {
  if (word.is_nil()) return std::string();
  const Result<WordLookup> found = vault_.get(word);
  if (!found) return found.error();
  if (found->state == WordState::kErased) return std::string("[erased]");
  if (found->state == WordState::kNotHere) {
    return incompatible(fmt::format("the word {} is missing from the vault; restore the vault that belongs to this log", word.text()));
  }
  return found->content->text;
}

Result<std::string> PolisExport::body_of(const TopicStatement& statement) const {
  if (statement.status == ItemStatus::kHidden) return std::string("[hidden]");
  Result<std::string> title = text_of(statement.title);
  if (!title) return title;
  Result<std::string> body = text_of(statement.body);
  if (!body || title->empty()) return body;
  return *title + "\n\n" + *body;
}

void PolisExport::number_statements() {
  std::vector<int64_t> numbers;
  int64_t next = 0;
  for (const TopicStatement& statement : history_.statements) {
    if (const auto number = polis_number(statement.source_id)) next = std::max(next, *number + 1);
  }
  for (const TopicStatement& statement : history_.statements) {
    const auto number = polis_number(statement.source_id);
    numbers.push_back(number ? *number : next++);
  }
  std::vector<uint32_t> order(numbers.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, {}, [&](uint32_t place) { return numbers[place]; });
  statement_rank_.resize(numbers.size());
  for (const uint32_t place : order) {
    statement_rank_[place] = static_cast<uint32_t>(statement_numbers_.size());
    statement_numbers_.push_back(numbers[place]);
  }
  tallies_.resize(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    const TopicStatement& from = history_.statements[i];
    polis::Statement& to = frame_.statements.emplace_back();
    to.id = numbers[i];
    to.author = people_.number_of_author(from.author);
    to.created = from.created;
    to.moderated = from.status == ItemStatus::kPublished ? polis::Moderation::kAccepted
                   : from.status == ItemStatus::kPending ? polis::Moderation::kNotYet
                                                          : polis::Moderation::kRejected;
  }
  place_in_history_.resize(numbers.size());
  std::iota(place_in_history_.begin(), place_in_history_.end(), 0u);
  const auto by_time = [this](uint32_t place) { return std::pair(frame_.statements[place].created, frame_.statements[place].id); };
  std::ranges::stable_sort(place_in_history_, {}, by_time);
  polis::sort_conversation(frame_);
}

Status PolisExport::read_summary() {
  std::vector<polis::SummaryRow>& rows = frame_.summary;
  if (history_.import_attributes.is_nil()) {
    Result<std::string> title = text_of(history_.title);
    if (!title) return title.error();
    rows.push_back({"topic", std::move(*title)});
    return {};
  }
  const Result<std::string> attributes = text_of(history_.import_attributes);
  if (!attributes) return attributes.error();
  MemorySource source(*attributes);
  CsvReader reader(source, "the import's attributes");
  while (true) {
    const Result<bool> more = reader.next();
    if (!more) return more.error();
    if (!*more) return {};
    if (reader.fields().size() != 2) return reader.error("expected a key and a value");
    rows.push_back({std::string(reader.fields()[0]), std::string(reader.fields()[1])});
  }
}

Status PolisExport::sort_acts(const ScratchFile& acts, ExternalSort<OrderedAct>& sorted) {
  RecordReader<BallotAct> reader(acts, 0, acts.size(), kScratchBufferBytes);
  for (uint64_t done = 0;; report("sorting", ++done, history_.acts)) {
    const Result<bool> more = reader.next();
    if (!more) return more.error();
    if (!*more) return sorted.finish();
    OrderedAct act{reader.head()};
    act.statement = statement_rank_[act.statement];
    act.voter = people_.rank_of_voter(act.voter);
    if (act.mark == BallotMark::kWithdrawn) act.time = kBeforeAllChoices;
    if (Status added = sorted.add(act); !added) return added;
  }
}

Status PolisExport::write_votes(const ScratchFile& acts, polis::ConversationFiles& files) {
  ExternalSort<OrderedAct> sorted(options_.out, options_.sort_bytes);
  if (Status done = sort_acts(acts, sorted); !done) return done;
  OrderedAct pair;
  OrderedAct last;  // Of the pair, if `stands`.
  bool stands = false;
  uint32_t void_before = 0;
  for (uint64_t done = 0;; report("votes", ++done, history_.acts)) {
    const Result<bool> more = sorted.next();
    if (!more) return more.error();
    const OrderedAct& act = sorted.head();
    if (done == 0 || !*more || act.statement != pair.statement || act.voter != pair.voter) {
      if (stands) {
        if (Status ended = end_pair(last); !ended) return ended;
      }
      stands = false;
      pair = act;
      void_before = 0;
    }
    if (!*more) return {};
    if (act.mark == BallotMark::kWithdrawn) {
      void_before = std::max(void_before, act.order);
    } else if (act.order >= void_before) {
      last = act;
      stands = true;
      ++votes_;
      const polis::Vote vote{act.time, statement_numbers_[act.statement], people_.number_at(act.voter), 0,
                             static_cast<polis::Choice>(act.mark)};
      if (Status written = files.vote(vote); !written) return written;
    }
  }
}

Status PolisExport::end_pair(const OrderedAct& last) {
  polis::Tally& tally = tallies_[last.statement];
  const auto choice = static_cast<polis::Choice>(last.mark);
  ++(choice == polis::Choice::kAgree ? tally.agrees : choice == polis::Choice::kDisagree ? tally.disagrees : tally.passes);
  return standing_.add(standing(last.voter, last.statement, choice));
}

Status PolisExport::write_comments(polis::ConversationFiles& files) {
  size_t body_bytes = 0;
  for (size_t i = 0; i < frame_.statements.size(); ++i) {
    report("statements", i, frame_.statements.size());
    Result<std::string> body = body_of(history_.statements[place_in_history_[i]]);
    if (!body) return body.error();
    polis::Statement statement = frame_.statements[i];
    statement.body = std::move(*body);
    if (Status valid = polis::validate_text(statement); !valid) return valid;
    if ((body_bytes += statement.body.size()) > polis::kMaxBodyBytesTotal) return invalid_argument("the texts are too long together");
    if (Status written = files.comment(statement, tallies_[statement_rank_[place_in_history_[i]]]); !written) return written;
  }
  return {};
}

Status PolisExport::write_matrix(polis::ConversationFiles& files) {
  if (Status sorted = standing_.finish(); !sorted) return sorted;
  std::vector<int64_t> columns;
  for (size_t rank = 0; rank < tallies_.size(); ++rank) {
    const polis::Tally& tally = tallies_[rank];
    if (tally.agrees + tally.disagrees + tally.passes > 0) columns.push_back(statement_numbers_[rank]);
  }
  if (Status written = files.matrix_columns(std::move(columns)); !written) return written;
  std::unordered_map<int64_t, int64_t> authored;
  for (const polis::Statement& statement : frame_.statements) ++authored[statement.author];
  std::vector<polis::LatestVote> row;
  uint32_t voter = 0;
  for (uint64_t done = 0;; report("participants", ++done, standing_.size())) {
    const Result<bool> more = standing_.next();
    if (!more) return more.error();
    if (!row.empty() && (!*more || voter_of(standing_.head()) != voter)) {
      const auto author = authored.find(row.front().voter);
      if (Status written = files.participant(row, author == authored.end() ? 0 : author->second); !written) return written;
      row.clear();
    }
    if (!*more) return {};
    voter = voter_of(standing_.head());
    row.push_back({people_.number_at(voter), statement_numbers_[statement_of(standing_.head())], choice_of(standing_.head())});
  }
}

Status PolisExport::write(const ScratchFile& acts, polis::ConversationFiles& files) {
  number_statements();
  if (Status read = read_summary(); !read) return read;
  if (Status valid = polis::validate(frame_); !valid) return valid;
  if (Status written = write_votes(acts, files); !written) return written;
  if (Status written = write_comments(files); !written) return written;
  if (Status written = write_matrix(files); !written) return written;
  for (const polis::SummaryRow& row : frame_.summary) {
    if (Status written = files.summary(row); !written) return written;
  }
  return {};
}

}  // namespace

Result<PolisExported> export_polis(const EventLog& log, const Vault& vault, const PolisExportOptions& options,
                                   const ReportPhase& progress) {
  const Result<TopicName> name = parse_topic(options.topic);
  if (!name) return name.error();
  const Result<TopicId> topic = find_topic(log, *name);
  if (!topic) return topic.error();
  const Position position = log.head();
  TopicHistory history(*topic);
  if (Status read = history.read_topic(log, position); !read) return read.error();
  if (!history.exists) return no_such_topic(*name, position);
  if (history.box && history.box->secrecy == Secrecy::kEmbargoed && !history.box_closed) {
    return rejected("embargoed", fmt::format("the ballot box of {} is under embargo; export it when it has closed", history.slug));
  }
  const auto files = polis::ConversationFiles::open(options.out, {options.overwrite});
  if (!files) return files.error();
  const Result<std::unique_ptr<ScratchFile>> acts = ScratchFile::create(options.out);
  if (!acts) return acts.error();
  RecordWriter<BallotAct> gathered(**acts, kScratchBufferBytes);
  ReportProgress reading;
  if (progress) reading = [&progress](uint64_t done, uint64_t total) { progress("reading the log", done, total); };
  if (Status read = history.read(log, position, gathered, reading); !read) return read.error();
  Result<PolisPeople> people = PolisPeople::of(history, vault);
  if (!people) return people.error();
  PolisExport exporting(history, vault, std::move(*people), options, progress);
  if (Status written = exporting.write(**acts, **files); !written) return written.error();
  if (Status committed = (*files)->commit(); !committed) return committed.error();
  return PolisExported{*topic, history.slug, position, history.statements.size(), exporting.votes()};
}

}  // namespace civiclog
