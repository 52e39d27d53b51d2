#include "tests/events/samples.h"

#include "events/payload_codec.h"

namespace civiclog::samples {
namespace {

Uuid uuid(uint8_t seed) {
  Uuid id;
  for (size_t i = 0; i < 16; ++i) id.bytes[i] = static_cast<uint8_t>(seed * 16 + i);
  return id;
}

template <typename T>
T id(uint8_t seed) {
  return {uuid(seed)};
}

Digest digest(uint8_t seed) { return sha256(std::string(1, static_cast<char>(seed))); }

WordRef word(uint8_t seed) { return {id<WordId>(seed), digest(seed)}; }

StreamKind stream_kind(std::string_view type) {
  if (type.starts_with("organisation") || type.starts_with("role")) return StreamKind::kOrganisation;
  if (type.starts_with("participant") || type.starts_with("words")) return StreamKind::kParticipant;
  if (type.starts_with("contribution")) return StreamKind::kContribution;
  if (type.starts_with("comment")) return StreamKind::kComment;
  if (type.starts_with("ballot")) return StreamKind::kBallot;
  if (type.starts_with("content") || type.starts_with("moderation")) return StreamKind::kCase;
  if (type.starts_with("import")) return StreamKind::kImport;
  return StreamKind::kTopic;
}

}  // namespace

std::vector<Payload> payloads() {
  const TopicId topic = id<TopicId>(1);
  const ContributionId contribution = id<ContributionId>(2);
  const ModerationTarget target{topic, contribution, id<CommentId>(3)};
  const Phase collect{PhaseKind::kCollect, {true, true, false}, {1'700'000'000'000}, {1'700'600'000'000}};
  const Phase vote{PhaseKind::kVote, {false, true, true}, {1'700'600'000'000}, {1'701'200'000'000}};
  const Rules rules{Secrecy::kPseudonymous, true, {ContributionKind::kQuestion, ContributionKind::kOpinion}};
  return {
      OrganisationRegistered{"harbour-city", word(4)},
      RoleGranted{id<ParticipantId>(5), Role::kModerator},
      RoleRevoked{id<ParticipantId>(5), Role::kModerator, word(6)},
      ParticipantJoined{"17"},
      ParticipantVerified{"postal_letter", word(7)},
      WordsErased{uuid(5), {id<WordId>(8), id<WordId>(9)}, ErasureReason::kLegalOrder},
      TopicLaunched{id<OrganisationId>(10), "tram-line-9", word(11), word(12), "source-1"},
      PhasesDefined{{collect, vote}},
      RulesSet{rules, word(13)},
      PhaseOpened{1, word(14)},
      PhaseClosed{1, word(15)},
      PhaseExtended{1, {1'701'200'000'000}, {1'701'300'000'000}, word(14)},
      BoxOpened{id<BoxId>(13), Secrecy::kPseudonymous, digest(1), rules_hash(rules)},
      BoxClosed{id<BoxId>(13)},
      ContributionSubmitted{topic, ContributionKind::kArticle, true, word(1), word(2), word(3), "42"},
      ContributionRevised{topic, 2, true, word(4), word(5)},
      ContributionWithdrawn{topic, word(6)},
      ContributionModerated{topic, id<CaseId>(7), ModerationAction::kHide, ItemStatus::kHidden},
      CommentPosted{topic, contribution, id<CommentId>(8), 3, word(9), "c-7", Stance::kAgainst},
      CommentEdited{topic, contribution, 2, word(10)},
      CommentRetracted{topic, contribution},
      CommentModerated{topic, contribution, id<CaseId>(11), ModerationAction::kRestore, ItemStatus::kPublished},
      BallotCast{topic, contribution, 3, Choice::kAgree},
      BallotChanged{topic, contribution, 3, Choice::kAgree, Choice::kDisagree},
      BallotReaffirmed{topic, contribution, 3, Choice::kDisagree},
      BallotWithdrawn{topic, contribution, Choice::kPass},
      ContentFlagged{target, Ground::kPersonalData, word(12)},
      ModerationDecided{target, ModerationAction::kReject, Ground::kIllegal, word(13), "house-rules/3#2", true},
      ImportStarted{"polis/example", digest(2), {1'750'000'000'000}, true, topic, word(14)},
  };
}

StoredEvent stored_raw(std::string type, uint16_t schema, std::string_view payload, uint64_t position, StreamKind kind) {
  Envelope e;
  e.log = id<LogId>(15);
  e.position = {position};
  e.commit_index = 1;
  e.commit_size = 3;
  e.stream = {kind, uuid(1), kind == StreamKind::kBallot ? uuid(14) : Uuid{}};
  e.stream_version = {position + 1000};
  e.type = std::move(type);
  e.schema = schema;
  e.command = id<CommandId>(3);
  e.body_digest = digest(9);
  e.actor = kind == StreamKind::kBallot ? acting_tag({e.stream.tag}) : acting_participant(id<ParticipantId>(5), Role::kProcessOwner);
  e.recorded_at = {1'700'000'000'123};
  e.occurred_at = Timestamp{1'699'999'999'456};
  return encode_event(std::move(e), payload);
}

StoredEvent stored(const Payload& payload, uint64_t position) {
  const EncodedPayload encoded = encode_payload(payload);
  return stored_raw(encoded.type, encoded.schema, encoded.bytes, position, stream_kind(encoded.type));
}

Key box_key() { return digest(77); }

}  // namespace civiclog::samples
