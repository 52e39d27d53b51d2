#include "tests/query-api/command_world.h"

#include "base/check.h"
#include "events/payload_codec.h"

namespace civiclog {
namespace {

constexpr size_t kMaxStates = 1'000;

WordRef word(uint8_t number) { return {WordId{CommandWorld::id(static_cast<uint8_t>(100 + number))}, {}}; }

class History {
 public:
  void add(const StreamId& stream, const Payload& payload, const Actor& actor = acting_system()) {
    const EncodedPayload encoded = encode_payload(payload);
    Envelope envelope;
    envelope.log = LogId{CommandWorld::id(99)};
    envelope.position = {events.size() + 1};
    envelope.stream = stream;
    envelope.stream_version = {++versions_[stream]};
    envelope.type = encoded.type;
    envelope.schema = encoded.schema;
    envelope.command = CommandId{CommandWorld::id(static_cast<uint8_t>(envelope.position.value))};
    envelope.actor = actor;
    envelope.recorded_at = {1'770'000'000'000};
    events.push_back(encode_event(std::move(envelope), encoded.bytes));
  }
  std::vector<StoredEvent> events;

 private:
  std::map<StreamId, uint64_t> versions_;
};

}  // namespace

Uuid CommandWorld::id(uint8_t number) {
  Uuid out = *parse_uuid("00000000-0000-7000-8000-000000000000");
  out.bytes[15] = number;
  return out;
}

std::vector<StoredEvent> CommandWorld::history(const CommandWorld& w) {
  History out;
  out.add(stream_of(w.city), OrganisationRegistered{"riverside", word(1)});
  for (const ParticipantId joined : {w.citizen, w.officer, w.newcomer}) out.add(stream_of(joined), ParticipantJoined{});
  for (const ParticipantId verified : {w.citizen, w.officer}) out.add(stream_of(verified), ParticipantVerified{"eid", word(2)});
  for (const Role role : {Role::kStakeholder, Role::kEditor, Role::kProcessOwner, Role::kModerator, Role::kPrivacyOfficer}) {
    out.add(stream_of(w.city), RoleGranted{w.officer, role});
  }
  out.add(stream_of(w.tram), TopicLaunched{w.city, "tram", word(3), word(4), ""});
  const Rules rules{Secrecy::kPseudonymous, false, {ContributionKind::kPolicy, ContributionKind::kOpinion, ContributionKind::kArticle}};
  out.add(stream_of(w.tram), RulesSet{rules, {}});
  out.add(stream_of(w.tram), PhasesDefined{{{PhaseKind::kCollect, {true, true, true}, {1'000}, {2'000}},
                                            {PhaseKind::kVote, {false, true, true}, {2'000}, {3'000}}}});
  out.add(stream_of(w.tram), BoxOpened{BoxId{id(7)}, Secrecy::kPseudonymous, sha256("key"), rules_hash(rules)});
  out.add(stream_of(w.tram), PhaseOpened{0, {}});
  const Actor author = acting_participant(w.citizen, Role::kCitizen);
  out.add(stream_of(w.opinion), ContributionSubmitted{w.tram, ContributionKind::kOpinion, false, word(5), word(6), {}, ""}, author);
  out.add(stream_of(w.comment), CommentPosted{w.tram, w.opinion, {}, 0, word(7), "", Stance::kFor}, author);
  out.add(stream_of(w.flagged), ContentFlagged{{w.tram, w.opinion, {}}, Ground::kOffTopic, {}}, author);
  return std::move(out.events);
}

CommandWorld::CommandWorld() : log_(LogId{id(99)}, {}, history(*this)) {}

void CommandWorld::trim() {
  if (states_.size() > kMaxStates) states_.clear();
}

Result<const VersionedState*> CommandWorld::find(const StreamId& stream) {
  const auto [found, is_new] = states_.try_emplace(stream, VersionedState{kNone, initial_state(stream.kind), true});
  if (!is_new) return &found->second;
  const std::vector<StoredEvent> events = log_.read_stream(stream, kNone).value();
  for (const StoredEvent& event : events) {
    evolve(found->second.state, Fact{decode_payload(event).value(), event.envelope.actor});
    found->second.version = event.envelope.stream_version;
  }
  return &found->second;
}

Result<Tag> CommandWorld::tag_of(const BoxState&, ParticipantId participant, const WordRef& identity) {
  CHECK(identity.is_given());
  return Tag{participant.uuid};
}

Result<NewBox> CommandWorld::new_box() { return NewBox{BoxId{id(8)}, sha256("another key")}; }

Result<Uuid> CommandWorld::author_of(WordId word) {
  if (word == WordId{id(105)}) return citizen.uuid;
  return not_found("no such word");
}

}  // namespace civiclog
