#pragma once

#include <algorithm>

#include "base/check.h"
#include "events/event_log.h"
#include "events/payload_codec.h"

namespace civiclog {

// A log that holds nothing: each event is made when it is read, so that the log can be long where memory is short. One topic of our
// own with an open box, `kStatements` statements, and then votes of `kVoters` voters without end. From any thread.
class MadeUpLog final : public EventLog {
 public:
  static constexpr uint64_t kStatements = 20;
  static constexpr uint64_t kVoters = 500;

  explicit MadeUpLog(uint64_t votes) : votes_(votes) {}

  TopicId topic() const { return {numbered(1, 1)}; }
  void append(AppendRequest, Completion completion) override { completion(invalid_argument("only to be read")); }
  Result<std::vector<StoredEvent>> read(Position after, size_t limit) const override {
    std::vector<StoredEvent> events;
    const uint64_t last = std::min(head().value, after.value + std::min(limit, kMaxReadBatch));
    for (uint64_t position = after.value + 1; position <= last; ++position) events.push_back(event(position));
    return events;
  }
  Result<std::vector<StoredEvent>> read_stream(StreamId stream, Version after) const override {
    CHECK(stream == stream_of(topic()) && after == kNone);
    return read({}, 2);
  }
  Result<Version> stream_version(StreamId stream) const override { return stream == stream_of(topic()) ? Version{2} : kNone; }
  Result<std::optional<CommandRecord>> find_command(CommandId) const override { return std::optional<CommandRecord>(); }
  Position head() const override { return {2 + kStatements + votes_}; }
  bool wait_past(Position, Deadline, std::stop_token) const override { return false; }
  LogId id() const override { return {numbered(9, 9)}; }

 private:
  static Uuid numbered(uint8_t kind, uint64_t number) {
    Uuid id;
    id.bytes[0] = kind;
    for (size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
    return id;
  }
  StoredEvent make(uint64_t position, StreamId stream, uint64_t version, const Payload& payload) const {
    const EncodedPayload encoded = encode_payload(payload);
    Envelope envelope;
    envelope.log = id();
    envelope.position = {position};
    envelope.stream = stream;
    envelope.stream_version = {version};
    envelope.type = encoded.type;
    envelope.schema = encoded.schema;
    envelope.recorded_at = {static_cast<int64_t>(1'700'000'000'000 + position)};
    return encode_event(std::move(envelope), encoded.bytes);
  }
  StoredEvent event(uint64_t position) const {
    const BoxId box{numbered(2, 1)};
    if (position == 1) {
      TopicLaunched launched;
      launched.slug = "endless";
      return make(position, stream_of(topic()), 1, launched);
    }
    if (position == 2) return make(position, stream_of(topic()), 2, BoxOpened{box, Secrecy::kOpen, {}, {}});
    if (position <= 2 + kStatements) {
      ContributionSubmitted submitted;
      submitted.topic = topic();
      return make(position, stream_of(ContributionId{numbered(3, position - 2)}), 1, submitted);
    }
    const uint64_t vote = position - 3 - kStatements;
    BallotCast cast{topic(), {numbered(3, 1 + vote * 7 % kStatements)}, 1, vote % 3 == 0 ? Choice::kAgree : Choice::kPass};
    return make(position, stream_of(box, Tag{numbered(4, vote * 11 % kVoters)}), 1 + vote / kVoters, cast);
  }

  const uint64_t votes_;
};

}  // namespace civiclog
