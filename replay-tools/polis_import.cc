#include "replay-tools/polis_import.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.h"
#include "events/payload_codec.h"
#include "installation/installation.h"
#include "replay-tools/command_stream.h"
#include "replay-tools/polis_reader.h"
#include "vault/vault.h"

namespace civiclog {
namespace {

// The acts of a conversation in the order they are replayed.
struct Act {
  enum class Kind : uint8_t { kStatement, kVote, kModeration };
  Timestamp time;
  Kind kind;
  uint32_t index;  // Into statements or votes.
};

std::vector<Act> acts_of(const polis::Conversation& conversation) {
  const polis::StatementIndex index(conversation.statements);
  std::vector<Timestamp> last_vote(conversation.statements.size());
  std::vector<Act> acts;
  acts.reserve(conversation.statements.size() * 2 + conversation.votes.size());
  for (uint32_t i = 0; i < conversation.statements.size(); ++i) {
    last_vote[i] = conversation.statements[i].created;
    acts.push_back({conversation.statements[i].created, Act::Kind::kStatement, i});
  }
  for (uint32_t i = 0; i < conversation.votes.size(); ++i) {
    const size_t statement = *index.find(conversation.votes[i].statement);
    // A vote cannot stand before its statement, whatever the source's clock said.
    const Timestamp time = std::max(conversation.votes[i].time, conversation.statements[statement].created);
    last_vote[statement] = std::max(last_vote[statement], time);
    acts.push_back({time, Act::Kind::kVote, i});
  }
  for (uint32_t i = 0; i < conversation.statements.size(); ++i) {
    if (conversation.statements[i].moderated == polis::Moderation::kNotYet) continue;
    acts.push_back({last_vote[i], Act::Kind::kModeration, i});
  }
  std::ranges::stable_sort(acts, [](const Act& a, const Act& b) { return std::tie(a.time, a.kind) < std::tie(b.time, b.kind); });
  return acts;
}

Choice choice_of(polis::Choice choice) {
  switch (choice) {
    case polis::Choice::kAgree: return Choice::kAgree;
    case polis::Choice::kDisagree: return Choice::kDisagree;
    case polis::Choice::kPass: return Choice::kPass;
  }
  return Choice::kPass;
}

std::string attributes_text(const polis::Conversation& conversation) {
  CsvWriter rows;
  for (const polis::SummaryRow& row : conversation.summary) {
    rows.text(row.key).text(row.value);
    rows.end_record();
  }
  return rows.bytes();
}

class PolisImport {
 public:
  PolisImport(Installation& installation, const polis::Conversation& conversation, std::string slug,
              const PolisImportOptions& options, const ReportProgress& progress)
      : installation_(installation),
        conversation_(conversation),
        options_(options),
        slug_(std::move(slug)),
        source_("polis/" + slug_),
        topic_(topic_id_of(slug_)),
        organisation_(organisation_id_of(options.organisation)),
        acts_(acts_of(conversation)),
        stream_(installation.commands(), progress) {}

  Status check() const;
  Status run();
  uint64_t written() const { return stream_.events_written(); }
  TopicId topic() const { return topic_; }
  bool drove_clock() const { return drives_clock_; }

 private:
  Timestamp first_time() const { return acts_.empty() ? system_now() : acts_.front().time; }
  CommandId command_id(const std::string& key) const { return command_id_of("import " + source_, key); }
  ImportId import_id() const {
    return {make_imported_uuid(source_, "import", view(polis::content_digest(conversation_)))};
  }
  ParticipantId participant_id(int64_t id) const { return {make_imported_uuid(source_, "participant", std::to_string(id))}; }
  ContributionId contribution_id(int64_t id) const { return {make_imported_uuid(source_, "statement", std::to_string(id))}; }
  Result<bool> drives_clock() const;
  Status check_earlier_import() const;
  std::string name_of_file(const char* file) const { return (options_.source / file).string(); }
  void send(const std::string& key, Issuer issuer, Command command, Timestamp time);
  void set_up(bool drives_clock);
  void meet(int64_t participant, Timestamp time);
  void replay(const Act& act);
  void replay_moderation(const polis::Statement& statement, Timestamp time);

  Installation& installation_;
  const polis::Conversation& conversation_;
  const PolisImportOptions& options_;
  const std::string slug_;
  const std::string source_;
  const TopicId topic_;
  const OrganisationId organisation_;
  const std::vector<Act> acts_;
  CommandStream stream_;
  bool drives_clock_ = false;
  std::unordered_set<int64_t> met_;
};

// What the files cannot know but the installation can refuse, asked before the first event.
Status PolisImport::check() const {
  for (const polis::Statement& statement : conversation_.statements) {
    if (statement.body.size() > kMaxVaultTextBytes) {
      return invalid_argument(fmt::format("{}: the body of statement {} has {} bytes, at most {} can be kept",
                                          name_of_file("comments.csv"), statement.id, statement.body.size(), kMaxVaultTextBytes));
    }
  }
  if (attributes_text(conversation_).size() > kMaxVaultTextBytes) {
    return invalid_argument(fmt::format("{} is too large to be kept", name_of_file("summary.csv")));
  }
  const Result<std::optional<CommandRecord>> launched = installation_.log().find_command(command_id("launch"));
  if (!launched) return launched.error();
  const Result<Version> version = installation_.log().stream_version(stream_of(topic_));
  if (!version) return version.error();
  if (!*launched && *version != kNone) {
    return invalid_argument(fmt::format("there is already another topic with the slug {}; choose one with --slug", slug_));
  }
  return *launched ? check_earlier_import() : Status{};
}

// What was imported under this slug before is continued only if it is the same, and in the same kind of box.
Status PolisImport::check_earlier_import() const {
  const RocksLog& log = installation_.log();
  const Result<Version> same_content = log.stream_version(stream_of(import_id()));
  if (!same_content) return same_content.error();
  if (*same_content == kNone) {
    return invalid_argument(fmt::format("{} was imported before with other content; what is recorded stays, so choose another "
                                        "slug for this with --slug", slug_));
  }
  const Result<std::optional<CommandRecord>> ruled = log.find_command(command_id("rules"));
  if (!ruled) return ruled.error();
  if (!*ruled) return {};
  const Result<StoredEvent> event = read_one(log, (*ruled)->first);
  if (!event) return event.error();
  const Result<Payload> payload = decode_payload(*event);
  if (!payload) return payload.error();
  const auto* set = std::get_if<RulesSet>(&*payload);
  if (set == nullptr || set->rules.secrecy == options_.secrecy) return {};
  return invalid_argument(fmt::format("{} was imported before with another secrecy: its box is {}, not {}; what is recorded stays, so "
                                      "ask for --secrecy {} or choose another slug with --slug",
                                      slug_, name_of(set->rules.secrecy), name_of(options_.secrecy), name_of(set->rules.secrecy)));
}

// As the import began, if it has begun before; otherwise yes if nothing in the log is later than the source's first act.
Result<bool> PolisImport::drives_clock() const {
  const RocksLog& log = installation_.log();
  const Result<std::vector<StoredEvent>> begun = log.read_stream(stream_of(import_id()), kNone);
  if (!begun) return begun.error();
  if (!begun->empty()) {
    const Result<Payload> payload = decode_payload(begun->front());
    if (!payload) return payload.error();
    return std::get<ImportStarted>(*payload).drives_clock;
  }
  if (log.head().value == 0) return true;
  const Result<StoredEvent> last = read_one(log, log.head());
  if (!last) return last.error();
  return last->envelope.recorded_at <= first_time();
}

void PolisImport::send(const std::string& key, Issuer issuer, Command command, Timestamp time) {
  CommandRequest request{command_id(key), issuer, std::move(command), time, {}};
  if (drives_clock_) request.source_time = time;
  stream_.send(std::move(request), key);
}

void PolisImport::set_up(bool drives_clock) {
  drives_clock_ = drives_clock;
  const Timestamp time = first_time();
  const Issuer system = issued_by_system();
  const Timestamp last = acts_.empty() ? time : acts_.back().time;
  StartImport start{import_id(), source_, polis::content_digest(conversation_), system_now(), drives_clock, topic_, organisation_,
                    attributes_text(conversation_)};
  send("start/" + to_hex(view(start.content_digest)), system, std::move(start), time);
  const auto topic_title = polis::summary_value(conversation_, "topic");
  const auto description = polis::summary_value(conversation_, "conversation-description");
  const std::string title(topic_title && !topic_title->empty() ? *topic_title : slug_);
  send("launch", system, LaunchTopic{organisation_, slug_, title, std::string(description.value_or("")), slug_}, time);
  send("rules", system, SetRules{topic_, {options_.secrecy, false, {ContributionKind::kOpinion}}, {}}, time);
  send("phases", system, DefinePhases{topic_, {{PhaseKind::kCollect, {true, true, true}, time, last}}}, time);
  send("open", system, OpenPhase{topic_, 0, {}}, time);
}

void PolisImport::meet(int64_t participant, Timestamp time) {
  if (!met_.insert(participant).second) return;
  const ParticipantId id = participant_id(participant);
  const std::string source_id = fmt::format("{}/{}", source_, participant);
  send(fmt::format("join/{}", participant), issued_by_system(), Join{id, source_id}, time);
  send(fmt::format("verify/{}", participant), issued_by_system(), VerifyParticipant{id, "import", source_id}, time);
}

void PolisImport::replay(const Act& act) {
  if (act.kind == Act::Kind::kVote) {
    const polis::Vote& vote = conversation_.votes[act.index];
    meet(vote.voter, act.time);
    send(fmt::format("vote/{}/{}/{}/{}/{}", vote.time.ms, vote.statement, vote.voter, static_cast<int>(vote.choice), vote.ordinal),
         issued_by(participant_id(vote.voter)), CastBallot{contribution_id(vote.statement), 1, choice_of(vote.choice)}, act.time);
    return;
  }
  const polis::Statement& statement = conversation_.statements[act.index];
  if (act.kind == Act::Kind::kModeration) return replay_moderation(statement, act.time);
  meet(statement.author, act.time);
  send(fmt::format("statement/{}", statement.id), issued_by(participant_id(statement.author)),
       SubmitContribution{contribution_id(statement.id), topic_, ContributionKind::kOpinion, {}, statement.body, {},
                          std::to_string(statement.id)},
       act.time);
}

void PolisImport::replay_moderation(const polis::Statement& statement, Timestamp time) {
  const bool accepted = statement.moderated == polis::Moderation::kAccepted;
  const std::string key = fmt::format("moderate/{}/{}", statement.id, accepted ? "accepted" : "rejected");
  send(key, issued_by_system(),
       DecideModeration{{make_imported_uuid(source_, "moderation", key)},
                        {topic_, contribution_id(statement.id), {}},
                        accepted ? ModerationAction::kAccept : ModerationAction::kReject,
                        Ground::kImported,
                        accepted ? "The source lists this statement as accepted." : "The source lists this statement as rejected.",
                        "source",
                        false},
       time);
}

Status PolisImport::run() {
  const Result<Version> organisation = installation_.log().stream_version(stream_of(organisation_));
  if (!organisation) return organisation.error();
  const Result<bool> drives = drives_clock();
  if (!drives) return drives.error();
  drives_clock_ = *drives;
  stream_.expect(acts_.size());
  if (*organisation == kNone) {
    send("organisation", issued_by_system(), RegisterOrganisation{options_.organisation, options_.organisation}, first_time());
  }
  set_up(*drives);
  for (const Act& act : acts_) {
    if (stream_.failed()) break;
    replay(act);
    stream_.advance();
  }
  return stream_.finish();
}

}  // namespace

Result<std::string> slug_of_import(const PolisImportOptions& options) {
  std::string slug;
  if (options.slug) {
    slug = *options.slug;
  } else {
    std::error_code error;
    const std::filesystem::path full = std::filesystem::weakly_canonical(options.source, error);
    slug = full.filename().empty() ? full.parent_path().filename().string() : full.filename().string();
  }
  if (is_valid_slug(slug)) return slug;
  return invalid_argument(fmt::format("\"{}\" cannot be a slug (letters, digits, '-', '_' and '.'); name one with --slug", slug));
}

Result<PolisImported> import_polis(Installation& installation, const PolisImportOptions& options, const ReportProgress& progress) {
  if (!is_valid_slug(options.organisation)) {
    return invalid_argument(fmt::format("\"{}\" cannot be an organisation's slug", options.organisation));
  }
  Result<polis::Reading> reading = polis::read_conversation(options.source);
  if (!reading) return reading.error();
  const Result<std::string> slug = slug_of_import(options);
  if (!slug) return slug.error();
  PolisImport import(installation, reading->conversation, *slug, options, progress);
  if (Status possible = import.check(); !possible) return possible.error();
  if (Status done = import.run(); !done) return done.error();
  if (!import.drove_clock()) {
    reading->warnings.push_back("this log has recorded later things than the source's first act, so it recorded the import as of now; the "
                                "source's times are kept, but --as-of TIME goes by the log's own clock");
  }
  return PolisImported{import.topic(), *slug, installation.log().head(), import.written(), std::move(reading->warnings)};
}

}  // namespace civiclog
