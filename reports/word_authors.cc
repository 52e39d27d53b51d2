#include "reports/word_authors.h"

#include "events/payload_codec.h"

namespace civiclog {

TopicId topic_of(const Envelope& envelope, const Payload& payload) {
  if (envelope.stream.kind == StreamKind::kTopic) return {envelope.stream.id};
  return std::visit(
      [](const auto& event) -> TopicId {
        if constexpr (requires { event.topic; }) {
          return event.topic;
        } else if constexpr (requires { event.target.topic; }) {
          return event.target.topic;
        } else {
          return {};
        }
      },
      payload);
}

Result<std::optional<Position>> WordAuthors::erasure_of(const Envelope& envelope, const Payload& payload, WordId word) {
  std::vector<StreamId> streams;
  if (envelope.stream.kind == StreamKind::kParticipant || envelope.stream.kind == StreamKind::kOrganisation) {
    streams.push_back(envelope.stream);
  }
  if (envelope.actor.kind == ActorKind::kParticipant) streams.push_back(stream_of(ParticipantId{envelope.actor.id}));
  if (const TopicId topic = topic_of(envelope, payload); !topic.is_nil()) {
    const Result<OrganisationId> organisation = organisation_of(topic);
    if (!organisation) return organisation.error();
    streams.push_back(stream_of(*organisation));
  }
  for (const StreamId& stream : streams) {
    const Result<const Erasures*> erasures = erasures_in(stream);
    if (!erasures) return erasures.error();
    if ((*erasures)->of_all) return (*erasures)->of_all;
    const auto found = (*erasures)->words.find(word);
    if (found != (*erasures)->words.end()) return std::optional(found->second);
  }
  return std::optional<Position>();
}

Result<const WordAuthors::Erasures*> WordAuthors::erasures_in(const StreamId& stream) {
  if (const auto known = erasures_.find(stream); known != erasures_.end()) return &known->second;
  const Result<std::vector<StoredEvent>> events = log_.read_stream(stream, kNone);
  if (!events) return events.error();
  Erasures out;
  for (const StoredEvent& event : *events) {
    if (event.envelope.type != WordsErased::kType) continue;
    const Result<Payload> payload = decode_payload(event);
    if (!payload) return payload.error();
    const auto& erased = std::get<WordsErased>(*payload);
    if (erased.author == stream.id) out.of_all = event.envelope.position;
    for (const WordId word : erased.words) out.words.emplace(word, event.envelope.position);
  }
  if (erasures_.size() >= kMaxRemembered) erasures_.clear();
  return &erasures_.emplace(stream, std::move(out)).first->second;
}

Result<OrganisationId> WordAuthors::organisation_of(TopicId topic) {
  if (const auto known = organisations_.find(topic); known != organisations_.end()) return known->second;
  const Result<std::vector<StoredEvent>> events = log_.read_stream(stream_of(topic), kNone);
  if (!events) return events.error();
  OrganisationId out;
  if (!events->empty()) {
    const Result<Payload> payload = decode_payload(events->front());
    if (!payload) return payload.error();
    if (const auto* launched = std::get_if<TopicLaunched>(&*payload)) out = launched->organisation;
  }
  if (organisations_.size() >= kMaxRemembered) organisations_.clear();
  organisations_.emplace(topic, out);
  return out;
}

}  // namespace civiclog
