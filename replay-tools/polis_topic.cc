#include "replay-tools/polis_topic.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "events/payload_codec.h"

namespace civiclog {
namespace {

constexpr size_t kReadBatch = 2'000;

BallotMark mark_of(Choice choice) {
  switch (choice) {
    case Choice::kAgree: return BallotMark::kAgree;
    case Choice::kDisagree: return BallotMark::kDisagree;
    case Choice::kPass: break;
  }
  return BallotMark::kPass;
}

Error too_many(const char* what, size_t limit) {
  return {ErrorCode::kUnavailable, fmt::format("this topic has more than {} {}, too many for an export", limit, what), "too_large"};
}

}  // namespace

std::optional<int64_t> polis_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || text != std::to_string(number)) return std::nullopt;
  return number;
}

Status TopicHistory::read_topic(const EventLog& log, Position up_to) {
  const Result<std::vector<StoredEvent>> events = log.read_stream(stream_of(topic_), kNone);
  if (!events) return events.error();
  for (const StoredEvent& event : *events) {
    if (event.envelope.position > up_to) break;
    const Result<Payload> payload = decode_payload(event);
    if (!payload) return payload.error();
    apply_to_topic(*payload);
  }
  return {};
}

Status TopicHistory::read(const EventLog& log, Position up_to, RecordWriter<BallotAct>& file, const ReportProgress& progress) {
  for (Position done; done < up_to;) {
    const Result<std::vector<StoredEvent>> events = log.read(done, std::min<uint64_t>(kReadBatch, up_to.value - done.value));
    if (!events) return events.error();
    for (const StoredEvent& event : *events) {
      if (Status applied = apply(event, file); !applied) return applied;
    }
    done = events->back().envelope.position;
    if (progress) progress(done.value, up_to.value);
  }
  voter_index_ = {};
  return file.flush();
}

// By the envelope alone: most events of a large log are ballots in other boxes.
bool TopicHistory::may_concern(const Envelope& envelope) const {
  switch (envelope.stream.kind) {
    case StreamKind::kBallot: return boxes_.contains(envelope.stream.id);
    case StreamKind::kContribution:
      return envelope.type == ContributionSubmitted::kType || index_.contains({envelope.stream.id});
    case StreamKind::kParticipant: return !import_source.empty();
    case StreamKind::kImport: return true;
    default: return false;
  }
}

Status TopicHistory::apply(const StoredEvent& event, RecordWriter<BallotAct>& file) {
  const Envelope& envelope = event.envelope;
  if (!may_concern(envelope)) return {};
  const Result<Payload> payload = decode_payload(event);
  if (!payload) return payload.error();
  switch (envelope.stream.kind) {
    case StreamKind::kContribution: return apply_to_contribution(envelope, *payload);
    case StreamKind::kBallot: return apply_to_ballot(envelope, *payload, file);
    case StreamKind::kParticipant: apply_to_participant(envelope.stream.id, *payload); break;
    default:
      if (const auto* import = std::get_if<ImportStarted>(&*payload); import != nullptr && import->topic == topic_) {
        import_source = import->source;
        import_attributes = import->attributes.id;
      }
  }
  return {};
}

void TopicHistory::apply_to_topic(const Payload& payload) {
  if (const auto* launched = std::get_if<TopicLaunched>(&payload)) {
    exists = true;
    slug = launched->slug;
    title = launched->title.id;
  } else if (const auto* opened = std::get_if<BoxOpened>(&payload)) {
    box = *opened;
    boxes_.insert(opened->box.uuid);
  } else if (std::holds_alternative<BoxClosed>(payload)) {
    box_closed = true;
  }
}

Status TopicHistory::apply_to_contribution(const Envelope& envelope, const Payload& payload) {
  const ContributionId id{envelope.stream.id};
  if (const auto* submitted = std::get_if<ContributionSubmitted>(&payload)) {
    if (submitted->topic != topic_) return {};
    if (statements.size() == polis::kMaxStatements) return too_many("statements", polis::kMaxStatements);
    index_[id] = static_cast<uint32_t>(statements.size());
    statements.push_back({id, submitted->source_id, envelope.actor.id, envelope.happened_at(), submitted->title.id, submitted->body.id,
                          ItemStatus::kPending});
    return {};
  }
  const auto found = index_.find(id);
  if (found == index_.end()) return {};
  TopicStatement& statement = statements[found->second];
  if (const auto* revised = std::get_if<ContributionRevised>(&payload)) {
    statement.title = revised->title.id;
    statement.body = revised->body.id;
  } else if (std::holds_alternative<ContributionWithdrawn>(payload)) {
    statement.status = ItemStatus::kWithdrawn;
  } else if (const auto* moderated = std::get_if<ContributionModerated>(&payload)) {
    statement.status = moderated->status;
  }
  return {};
}

Status TopicHistory::apply_to_ballot(const Envelope& envelope, const Payload& payload, RecordWriter<BallotAct>& file) {
  if (const auto* cast = std::get_if<BallotCast>(&payload)) return add(envelope, cast->contribution, mark_of(cast->choice), file);
  if (const auto* changed = std::get_if<BallotChanged>(&payload)) {
    return add(envelope, changed->contribution, mark_of(changed->choice), file);
  }
  if (const auto* again = std::get_if<BallotReaffirmed>(&payload)) {
    return add(envelope, again->contribution, mark_of(again->choice), file);
  }
  if (const auto* withdrawn = std::get_if<BallotWithdrawn>(&payload)) {
    return add(envelope, withdrawn->contribution, BallotMark::kWithdrawn, file);
  }
  return {};
}

void TopicHistory::apply_to_participant(const Uuid& participant, const Payload& payload) {
  if (const auto* joined = std::get_if<ParticipantJoined>(&payload)) {
    const std::string_view source_id = joined->source_id;
    const size_t prefix = import_source.size() + 1;
    if (source_id.size() <= prefix || !source_id.starts_with(import_source) || source_id[prefix - 1] != '/') return;
    if (const auto number = polis_number(source_id.substr(prefix))) imported[participant].number = *number;
  } else if (const auto* verified = std::get_if<ParticipantVerified>(&payload)) {
    const auto found = imported.find(participant);
    if (found != imported.end()) found->second.identity = verified->identity.id;
  }
}

Status TopicHistory::add(const Envelope& envelope, ContributionId contribution, BallotMark mark, RecordWriter<BallotAct>& file) {
  const auto found = index_.find(contribution);
  if (found == index_.end()) return {};
  const Timestamp time = envelope.happened_at();
  if (time < Timestamp{} || time > polis::kMaxTime) {
    return invalid_argument(fmt::format("the vote at position {} is not between 1970 and 9999, which no export can hold",
                                        envelope.position.value));
  }
  if (acts == polis::kMaxVotes) return too_many("votes", polis::kMaxVotes);
  const auto [voter, is_new] = voter_index_.try_emplace(envelope.stream.tag, static_cast<uint32_t>(voters.size()));
  if (is_new) voters.push_back({envelope.stream.tag});
  return file.add({found->second, voter->second, time, static_cast<uint32_t>(acts++), mark});
}

}  // namespace civiclog
