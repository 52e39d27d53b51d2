#include "replay-tools/polis_export.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "commands/secrets.h"
#include "events/payload_codec.h"
#include "replay-tools/arguments.h"
#include "replay-tools/csv.h"
#include "replay-tools/polis_writer.h"

namespace civiclog {
namespace {

constexpr size_t kReadBatch = 5'000;

struct ExportedContribution {
  ContributionId id;
  std::string source_id;
  Uuid author;
  Timestamp created;
  WordId title;
  WordId body;
  ItemStatus status = ItemStatus::kPending;
};

struct ExportedVote {
  Tag voter;
  uint32_t contribution = 0;  // Index into contributions.
  Choice choice = Choice::kPass;
  Timestamp time;
};

// What the log says about one topic.
class TopicHistory {
 public:
  explicit TopicHistory(TopicId topic) : topic_(topic) {}

  Status read(const EventLog& log, Position up_to, const ReportProgress& progress);

  bool exists = false;
  std::string slug;
  WordId title;
  std::optional<BoxOpened> box;
  bool box_closed = false;
  std::string import_source;
  WordId import_attributes;
  std::map<std::string, WordId> imported_participants;  // Source id → identity.
  std::unordered_map<Uuid, std::string, UuidHash> source_id_of_participant;
  std::vector<ExportedContribution> contributions;
  std::vector<ExportedVote> votes;

  // Whether the voter withdrew the choice afterwards.
  bool is_void(size_t vote) const;

 private:
  void apply(const StoredEvent& event, const Payload& payload);
  void apply_to_topic(const Payload& payload);
  void apply_to_contribution(const Envelope& envelope, const Payload& payload);
  void apply_to_ballot(const Envelope& envelope, const Payload& payload);
  void add_vote(const Envelope& envelope, ContributionId contribution, Choice choice);

  TopicId topic_;
  std::unordered_map<ContributionId, uint32_t, UuidHash> index_;
  std::map<std::pair<Tag, uint32_t>, size_t> withdrawn_;  // How many votes of all had been cast by then.
};

Status TopicHistory::read(const EventLog& log, Position up_to, const ReportProgress& progress) {
  for (Position done; done < up_to;) {
    const Result<std::vector<StoredEvent>> events = log.read(done, std::min<uint64_t>(kReadBatch, up_to.value - done.value));
    if (!events) return events.error();
    for (const StoredEvent& event : *events) {
      const Result<Payload> payload = decode_payload(event);
      if (!payload) return payload.error();
      apply(event, *payload);
    }
    done = events->back().envelope.position;
    if (progress) progress(done.value, up_to.value);
  }
  return {};
}

void TopicHistory::apply(const StoredEvent& event, const Payload& payload) {
  const Envelope& envelope = event.envelope;
  switch (envelope.stream.kind) {
    case StreamKind::kTopic:
      if (envelope.stream.id == topic_.uuid) apply_to_topic(payload);
      break;
    case StreamKind::kContribution: apply_to_contribution(envelope, payload); break;
    case StreamKind::kBallot: apply_to_ballot(envelope, payload); break;
    case StreamKind::kParticipant:
      if (const auto* joined = std::get_if<ParticipantJoined>(&payload)) {
        if (!joined->source_id.empty()) source_id_of_participant[envelope.stream.id] = joined->source_id;
      } else if (const auto* verified = std::get_if<ParticipantVerified>(&payload)) {
        const auto source = source_id_of_participant.find(envelope.stream.id);
        if (source != source_id_of_participant.end()) imported_participants[source->second] = verified->identity.id;
      }
      break;
    case StreamKind::kImport:
      if (const auto* import = std::get_if<ImportStarted>(&payload); import != nullptr && import->topic == topic_) {
        import_source = import->source;
        import_attributes = import->attributes.id;
      }
      break;
    default: break;
  }
}

void TopicHistory::apply_to_topic(const Payload& payload) {
  if (const auto* launched = std::get_if<TopicLaunched>(&payload)) {
    exists = true;
    slug = launched->slug;
    title = launched->title.id;
  } else if (const auto* opened = std::get_if<BoxOpened>(&payload)) {
    box = *opened;
  } else if (std::holds_alternative<BoxClosed>(payload)) {
    box_closed = true;
  }
}

void TopicHistory::apply_to_contribution(const Envelope& envelope, const Payload& payload) {
  const ContributionId id{envelope.stream.id};
  if (const auto* submitted = std::get_if<ContributionSubmitted>(&payload)) {
    if (submitted->topic != topic_) return;
    index_[id] = static_cast<uint32_t>(contributions.size());
    contributions.push_back({id, submitted->source_id, envelope.actor.id, envelope.happened_at(), submitted->title.id,
                             submitted->body.id, ItemStatus::kPending});
    return;
  }
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  ExportedContribution& contribution = contributions[found->second];
  if (const auto* revised = std::get_if<ContributionRevised>(&payload)) {
    contribution.title = revised->title.id;
    contribution.body = revised->body.id;
  } else if (std::holds_alternative<ContributionWithdrawn>(payload)) {
    contribution.status = ItemStatus::kWithdrawn;
  } else if (const auto* moderated = std::get_if<ContributionModerated>(&payload)) {
    contribution.status = moderated->status;
  }
}

void TopicHistory::apply_to_ballot(const Envelope& envelope, const Payload& payload) {
  if (const auto* cast = std::get_if<BallotCast>(&payload)) return add_vote(envelope, cast->contribution, cast->choice);
  if (const auto* changed = std::get_if<BallotChanged>(&payload)) {
    return add_vote(envelope, changed->contribution, changed->choice);
  }
  if (const auto* again = std::get_if<BallotReaffirmed>(&payload)) return add_vote(envelope, again->contribution, again->choice);
  if (const auto* withdrawn = std::get_if<BallotWithdrawn>(&payload)) {
    const auto found = index_.find(withdrawn->contribution);
    if (found != index_.end()) withdrawn_[{{envelope.stream.tag}, found->second}] = votes.size();
  }
}

void TopicHistory::add_vote(const Envelope& envelope, ContributionId contribution, Choice choice) {
  const auto found = index_.find(contribution);
  if (found == index_.end()) return;
  votes.push_back({{envelope.stream.tag}, found->second, choice, envelope.happened_at()});
}

bool TopicHistory::is_void(size_t vote) const {
  const auto found = withdrawn_.find({votes[vote].voter, votes[vote].contribution});
  return found != withdrawn_.end() && vote < found->second;
}

std::optional<int64_t> number_of(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || text != std::to_string(number)) return std::nullopt;
  return number;
}

// The numbers of people: those of the source, and then new ones.
class Numbers {
 public:
  void take(const Uuid& who, int64_t number) {
    numbers_[who] = number;
    next_ = std::max(next_, number + 1);
  }
  int64_t of(const Uuid& who) {
    const auto [place, is_new] = numbers_.try_emplace(who, next_);
    if (is_new) ++next_;
    return place->second;
  }
  bool knows(const Uuid& who) const { return numbers_.contains(who); }
  int64_t next() const { return next_; }
  void start_at(int64_t number) { next_ = std::max(next_, number); }

 private:
  std::unordered_map<Uuid, int64_t, UuidHash> numbers_;
  int64_t next_ = 0;
};

class PolisExport {
 public:
  PolisExport(const TopicHistory& history, const Vault& vault) : history_(history), vault_(vault) {}

  Result<polis::Conversation> build();

 private:
  Status number_people();
  Result<std::string> text_of(WordId word) const;
  Result<std::string> body_of(const ExportedContribution& contribution) const;
  Result<std::vector<polis::SummaryRow>> summary() const;
  std::vector<int64_t> statement_numbers() const;

  const TopicHistory& history_;
  const Vault& vault_;
  Numbers voters_;
  Numbers authors_;
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

Result<std::string> PolisExport::body_of(const ExportedContribution& contribution) const {
  if (contribution.status == ItemStatus::kHidden) return std::string("[hidden]");
  Result<std::string> title = text_of(contribution.title);
  if (!title) return title;
  Result<std::string> body = text_of(contribution.body);
  if (!body || title->empty()) return body;
  return *title + "\n\n" + *body;
}

// Imported people keep their numbers, as voters and as authors. Everybody else gets new ones: voters in the order of their tags,
// which is random, and authors from another range.
Status PolisExport::number_people() {
  const std::string prefix = history_.import_source + "/";
  const auto imported_number = [&](std::string_view source_id) -> std::optional<int64_t> {
    if (history_.import_source.empty() || !source_id.starts_with(prefix)) return std::nullopt;
    return number_of(source_id.substr(prefix.size()));
  };
  for (const auto& [participant, source_id] : history_.source_id_of_participant) {
    if (const auto number = imported_number(source_id)) authors_.take(participant, *number);
  }
  voters_.start_at(authors_.next());
  if (history_.box && !history_.import_source.empty()) {
    const std::optional<Key> key = vault_.box_key(history_.box->box);
    if (!key || box_key_fingerprint(*key) != history_.box->key_fingerprint) {
      return incompatible("the key of this topic's ballot box is missing or another one, so imported voters cannot be told; "
                          "restore the vault that belongs to this log");
    }
    for (const auto& [source_id, identity] : history_.imported_participants) {
      const auto number = imported_number(source_id);
      if (!number) continue;
      const Result<WordLookup> found = vault_.get(identity);
      if (!found) return found.error();
      if (found->state == WordState::kPresent) voters_.take(ballot_tag(*key, found->content->text).uuid, *number);
    }
  }
  std::vector<Uuid> strangers;
  for (const ExportedVote& vote : history_.votes) {
    if (!voters_.knows(vote.voter.uuid)) strangers.push_back(vote.voter.uuid);
  }
  std::ranges::sort(strangers);
  for (const Uuid& tag : strangers) (void)voters_.of(tag);
  authors_.start_at(voters_.next());
  return {};
}

std::vector<int64_t> PolisExport::statement_numbers() const {
  std::vector<int64_t> numbers;
  int64_t next = 0;
  for (const ExportedContribution& contribution : history_.contributions) {
    const auto number = number_of(contribution.source_id);
    if (number) next = std::max(next, *number + 1);
  }
  for (const ExportedContribution& contribution : history_.contributions) {
    const auto number = number_of(contribution.source_id);
    numbers.push_back(number ? *number : next++);
  }
  return numbers;
}

Result<std::vector<polis::SummaryRow>> PolisExport::summary() const {
  std::vector<polis::SummaryRow> rows;
  if (history_.import_attributes.is_nil()) {
    Result<std::string> title = text_of(history_.title);
    if (!title) return title.error();
    rows.push_back({"topic", std::move(*title)});
    return rows;
  }
  const Result<std::string> attributes = text_of(history_.import_attributes);
  if (!attributes) return attributes.error();
  MemorySource source(*attributes);
  CsvReader reader(source, "the import's attributes");
  while (true) {
    const Result<bool> more = reader.next();
    if (!more) return more.error();
    if (!*more) return rows;
    if (reader.fields().size() != 2) return reader.error("expected a key and a value");
    rows.push_back({std::string(reader.fields()[0]), std::string(reader.fields()[1])});
  }
}

Result<polis::Conversation> PolisExport::build() {
  if (Status numbered = number_people(); !numbered) return numbered.error();
  polis::Conversation out;
  const std::vector<int64_t> numbers = statement_numbers();
  for (size_t i = 0; i < history_.contributions.size(); ++i) {
    const ExportedContribution& contribution = history_.contributions[i];
    Result<std::string> body = body_of(contribution);
    if (!body) return body.error();
    polis::Statement statement;
    statement.id = numbers[i];
    statement.author = authors_.of(contribution.author);
    statement.created = contribution.created;
    statement.body = std::move(*body);
    statement.moderated = contribution.status == ItemStatus::kPublished ? polis::Moderation::kAccepted
                          : contribution.status == ItemStatus::kPending ? polis::Moderation::kNotYet
                                                                         : polis::Moderation::kRejected;
    out.statements.push_back(std::move(statement));
  }
  for (size_t i = 0; i < history_.votes.size(); ++i) {
    const ExportedVote& vote = history_.votes[i];
    if (history_.is_void(i)) continue;
    const polis::Choice choice = vote.choice == Choice::kAgree      ? polis::Choice::kAgree
                                 : vote.choice == Choice::kDisagree ? polis::Choice::kDisagree
                                                                    : polis::Choice::kPass;
    out.votes.push_back({vote.time, numbers[vote.contribution], voters_.of(vote.voter.uuid), 0, choice});
  }
  Result<std::vector<polis::SummaryRow>> rows = summary();
  if (!rows) return rows.error();
  out.summary = std::move(*rows);
  polis::sort_conversation(out);
  return out;
}

}  // namespace

Result<PolisExported> export_polis(const EventLog& log, const Vault& vault, const PolisExportOptions& options,
                                   const ReportProgress& progress) {
  const Result<TopicName> name = parse_topic(options.topic);
  if (!name) return name.error();
  const Result<TopicId> topic = find_topic(log, *name);
  if (!topic) return topic.error();
  const Position position = log.head();
  TopicHistory history(*topic);
  if (Status read = history.read(log, position, progress); !read) return read.error();
  if (!history.exists) return no_such_topic(*name, position);
  if (history.box && history.box->secrecy == Secrecy::kEmbargoed && !history.box_closed) {
    return rejected("embargoed", fmt::format("the ballot box of {} is under embargo; export it when it has closed", history.slug));
  }
  Result<polis::Conversation> conversation = PolisExport(history, vault).build();
  if (!conversation) return conversation.error();
  const std::vector<polis::Tally> tallies = polis::latest_tallies(*conversation);
  if (Status written = polis::write_conversation(*conversation, tallies, options.out, {options.overwrite}); !written) {
    return written.error();
  }
  return PolisExported{*topic, history.slug, position, conversation->statements.size(), conversation->votes.size()};
}

}  // namespace civiclog
