#include "tests/projections/random_history.h"

#include "events/payload_codec.h"

namespace civiclog {
namespace {

template <typename Enum>
Enum from_one(uint64_t random, Enum max) { return static_cast<Enum>(1 + random % static_cast<uint64_t>(max)); }
template <typename Enum>
Enum from_zero(uint64_t random, Enum max) { return static_cast<Enum>(random % (static_cast<uint64_t>(max) + 1)); }

}  // namespace

Uuid RandomHistory::fresh() {
  ByteArray<16> bytes;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(below(256));
  return make_uuid_v4(bytes);
}

WordRef RandomHistory::fresh_word() {
  WordRef ref;
  if (below(5) == 0) return ref;
  ref.id = WordId{fresh()};
  ref.commitment.fill(7);
  return ref;
}

Actor RandomHistory::somebody() {
  if (participants_.empty() || below(6) == 0) return acting_system();
  return acting_participant(pick(participants_), from_one(below(100), kMaxRole));
}

std::vector<Happening> RandomHistory::make(size_t events) {
  for (int i = 0; i < 4; ++i) tags_.push_back(Tag{fresh()});
  std::vector<Happening> out;
  while (out.size() < events) {
    Happening happening = step();
    if (below(3) == 0) happening.occurred_at = Timestamp{static_cast<int64_t>(1'600'000'000'000 + below(1'000'000))};
    out.push_back(std::move(happening));
  }
  return out;
}

Happening RandomHistory::step() {
  if (organisations_.empty()) return organisation_event();
  if (participants_.empty()) return joined();
  if (topics_.empty()) return launched();
  const uint64_t dice = below(100);
  if (dice < 8) return organisation_event();
  if (dice < 15) return participant_event();
  if (dice < 33) return topic_event();
  if (dice < 50) return contribution_event();
  if (dice < 65) return comment_event();
  if (dice < 90) return ballot_event();
  return case_event();
}

Happening RandomHistory::organisation_event() {
  if (organisations_.empty() || below(4) == 0) {
    organisations_.push_back(OrganisationId{fresh()});
    const std::string slug = "org-" + std::to_string(organisations_.size());
    return {stream_of(organisations_.back()), OrganisationRegistered{slug, fresh_word()}, somebody(), {}};
  }
  const StreamId stream = stream_of(pick(organisations_));
  if (participants_.empty() || below(2) == 0) {
    const ParticipantId whom = participants_.empty() ? ParticipantId{fresh()} : pick(participants_);
    return {stream, RoleGranted{whom, from_one(below(4), kMaxRole)}, somebody(), {}};
  }
  return {stream, RoleRevoked{pick(participants_), from_one(below(4), kMaxRole), fresh_word()}, somebody(), {}};
}

Happening RandomHistory::joined() {
  participants_.push_back(ParticipantId{fresh()});
  const std::string source = below(2) == 0 ? "" : "p" + std::to_string(participants_.size());
  return {stream_of(participants_.back()), ParticipantJoined{source}, acting_system(), {}};
}

Happening RandomHistory::participant_event() {
  if (below(3) == 0) return joined();
  const ParticipantId whom = pick(participants_);
  if (below(2) == 0) return {stream_of(whom), ParticipantVerified{"eid", fresh_word()}, acting_system(), {}};
  WordsErased erased;
  if (below(2) == 0) erased.author = whom.uuid;
  for (uint64_t i = below(3); i > 0; --i) erased.words.push_back(WordId{fresh()});
  erased.reason = from_one(below(3), kMaxErasureReason);
  return {stream_of(whom), erased, somebody(), {}};
}

Happening RandomHistory::launched() {
  topics_.push_back({TopicId{fresh()}, 0, {}, {}});
  const std::string slug = "topic-" + std::to_string(topics_.size());
  return {stream_of(topics_.back().id),
          TopicLaunched{pick(organisations_), slug, fresh_word(), fresh_word(), below(2) == 0 ? "" : slug}, somebody(), {}};
}

Happening RandomHistory::topic_event() {
  if (below(6) == 0) return launched();
  Topic& topic = topics_[below(topics_.size())];
  const StreamId stream = stream_of(topic.id);
  const auto phase = static_cast<uint16_t>(topic.phases == 0 ? 0 : below(topic.phases));
  switch (topic.phases == 0 ? 0 : below(9)) {
    case 0: {
      PhasesDefined defined;
      topic.phases = std::max<size_t>(topic.phases, 1 + below(3));
      for (size_t i = 0; i < topic.phases; ++i) {
        const auto start = static_cast<int64_t>(1'000 * i);
        defined.phases.push_back({from_one(below(6), kMaxPhaseKind), {true, below(2) == 0, true}, {start}, {start + 500}});
      }
      return {stream, defined, somebody(), {}};
    }
    case 1: return {stream, PhaseOpened{phase, fresh_word()}, somebody(), {}};
    case 2: return {stream, PhaseClosed{phase, fresh_word()}, somebody(), {}};
    case 3: return {stream, PhaseExtended{phase, {500}, {static_cast<int64_t>(600 + below(100))}, fresh_word()}, somebody(), {}};
    case 4:
      return {stream, RulesSet{{from_one(below(3), kMaxSecrecy), below(2) == 0, {ContributionKind::kOpinion}}, fresh_word()},
              somebody(), {}};
    case 5: {
      ImportStarted started;
      started.source = "source/" + std::to_string(below(9));
      started.topic = topic.id;
      started.attributes = fresh_word();
      return {stream_of(ImportId{fresh()}), started, acting_system(), {}};
    }
    case 6:
      if (!topic.boxes.empty()) return {stream, BoxClosed{topic.boxes.back()}, somebody(), {}};
      [[fallthrough]];
    default:
      topic.boxes.push_back(BoxId{fresh()});
      return {stream, BoxOpened{topic.boxes.back(), from_one(below(3), kMaxSecrecy), {}, {}}, somebody(), {}};
  }
}

Happening RandomHistory::submitted(Topic& topic) {
  const ContributionId id{fresh()};
  topic.contributions.push_back(id);
  versions_[id] = 1;
  const std::string source = below(2) == 0 ? "" : std::to_string(topic.contributions.size());
  return {stream_of(id),
          ContributionSubmitted{topic.id, from_one(below(5), kMaxContributionKind), below(3) == 0, fresh_word(), fresh_word(),
                                fresh_word(), source},
          somebody(), {}};
}

Happening RandomHistory::contribution_event() {
  Topic& topic = topics_[below(topics_.size())];
  if (topic.contributions.empty() || below(2) == 0) return submitted(topic);
  const ContributionId id = pick(topic.contributions);
  switch (below(4)) {
    case 0: return {stream_of(id), ContributionRevised{topic.id, ++versions_[id], below(2) == 0, fresh_word(), fresh_word()}, somebody(), {}};
    case 1: return {stream_of(id), ContributionWithdrawn{topic.id, fresh_word()}, somebody(), {}};
    default:
      return {stream_of(id),
              ContributionModerated{topic.id, CaseId{fresh()}, from_one(below(4), kMaxModerationAction),
                                    from_zero(below(5), kMaxItemStatus)},
              somebody(), {}};
  }
}

Happening RandomHistory::comment_event() {
  Topic& topic = topics_[below(topics_.size())];
  if (topic.contributions.empty()) return submitted(topic);
  if (!comments_.empty() && below(5) < 2) {
    const Comment& comment = pick(comments_);
    const StreamId stream = stream_of(comment.id);
    switch (below(3)) {
      case 0: return {stream, CommentEdited{comment.topic, comment.target, static_cast<uint32_t>(2 + below(3)), fresh_word()}, somebody(), {}};
      case 1: return {stream, CommentRetracted{comment.topic, comment.target}, somebody(), {}};
      default:
        return {stream,
                CommentModerated{comment.topic, comment.target, CaseId{fresh()}, from_one(below(4), kMaxModerationAction),
                                 from_zero(below(5), kMaxItemStatus)},
                somebody(), {}};
    }
  }
  Comment fresh_comment{CommentId{fresh()}, topic.id, pick(topic.contributions), 0};
  CommentId parent;
  if (!comments_.empty() && below(3) != 0) {
    const Comment& answered = pick(comments_);
    if (answered.depth < kMaxCommentDepth) {
      fresh_comment.topic = answered.topic;
      fresh_comment.target = answered.target;
      fresh_comment.depth = static_cast<uint8_t>(answered.depth + 1);
      parent = answered.id;
    }
  }
  comments_.push_back(fresh_comment);
  const std::string source = below(2) == 0 ? "" : "c" + std::to_string(comments_.size());
  return {stream_of(fresh_comment.id),
          CommentPosted{fresh_comment.topic, fresh_comment.target, parent, fresh_comment.depth, fresh_word(), source,
                        from_zero(below(3), kMaxStance)},
          somebody(), {}};
}

Happening RandomHistory::ballot_event() {
  Topic& topic = topics_[below(topics_.size())];
  if (topic.contributions.empty()) return submitted(topic);
  if (topic.boxes.empty()) {
    topic.boxes.push_back(BoxId{fresh()});
    return {stream_of(topic.id), BoxOpened{topic.boxes.back(), Secrecy::kPseudonymous, {}, {}}, somebody(), {}};
  }
  const BoxId box = topic.boxes.back();
  const Tag tag = pick(tags_);
  const ContributionId about = pick(topic.contributions);
  const uint32_t version = versions_[about];
  const auto known = choices_.find({box, tag, about});
  const Choice wanted = from_one(below(3), kMaxChoice);
  const StreamId stream = stream_of(box, tag);
  if (known == choices_.end()) {
    choices_[{box, tag, about}] = wanted;
    return {stream, BallotCast{topic.id, about, version, wanted}, acting_tag(tag), {}};
  }
  const Choice before = known->second;
  if (below(4) == 0) {
    choices_.erase(known);
    return {stream, BallotWithdrawn{topic.id, about, before}, acting_tag(tag), {}};
  }
  known->second = wanted;
  if (before == wanted) return {stream, BallotReaffirmed{topic.id, about, version, wanted}, acting_tag(tag), {}};
  return {stream, BallotChanged{topic.id, about, version, before, wanted}, acting_tag(tag), {}};
}

Happening RandomHistory::case_event() {
  Topic& topic = topics_[below(topics_.size())];
  if (topic.contributions.empty()) return submitted(topic);
  if (cases_.empty() || below(2) == 0) {
    cases_.push_back(CaseId{fresh()});
    targets_[cases_.back()] = {topic.id, pick(topic.contributions), {}};
    if (!comments_.empty() && below(2) == 0) {
      const Comment& comment = pick(comments_);
      targets_[cases_.back()] = {comment.topic, comment.target, comment.id};
    }
  }
  const CaseId id = pick(cases_);
  if (below(2) == 0) return {stream_of(id), ContentFlagged{targets_[id], from_one(below(8), kMaxGround), fresh_word()}, somebody(), {}};
  return {stream_of(id),
          ModerationDecided{targets_[id], from_one(below(4), kMaxModerationAction), from_one(below(8), kMaxGround), fresh_word(),
                            "house-rules/1#2", below(2) == 0},
          somebody(), {}};
}

std::vector<Happening> wild_history(uint64_t seed, size_t events) {
  std::mt19937_64 random(seed);
  const auto some = [&random] { return Uuid{bytes_of(static_cast<uint8_t>(random() % 3))}; };
  std::vector<Happening> out;
  while (out.size() < events) {
    const auto number = [&random](uint64_t limit) { return random() % limit; };
    const auto phase = static_cast<uint16_t>(number(4) == 0 ? 65'535 : number(3));
    const auto version = static_cast<uint32_t>(number(3) == 0 ? 4'294'967'295 : number(3));
    const TopicId topic{some()};
    const ContributionId contribution{some()};
    const ModerationTarget target{topic, contribution, CommentId{some()}};
    const auto status = static_cast<ItemStatus>(number(5));
    const auto action = static_cast<ModerationAction>(number(5));
    const auto choice = static_cast<Choice>(number(4));
    const auto before = static_cast<Choice>(number(4));
    const std::vector<Payload> all = {
        OrganisationRegistered{std::string(number(3), 's'), word(1)}, RoleGranted{ParticipantId{some()}, static_cast<Role>(number(10))},
        RoleRevoked{ParticipantId{some()}, static_cast<Role>(number(10)), word(2)}, ParticipantJoined{std::string(number(2), 'x')},
        ParticipantVerified{"", word(3)}, WordsErased{some(), {}, static_cast<ErasureReason>(number(4))},
        TopicLaunched{OrganisationId{some()}, std::string(number(3), '\0'), word(4), word(5), ""},
        PhasesDefined{std::vector<Phase>(number(4))}, RulesSet{{}, word(6)}, PhaseOpened{phase, {}}, PhaseClosed{phase, {}},
        PhaseExtended{phase, {}, {}, {}}, BoxOpened{BoxId{some()}, Secrecy::kOpen, {}, {}}, BoxClosed{BoxId{some()}},
        ContributionSubmitted{topic, static_cast<ContributionKind>(number(6)), number(2) == 0, {}, {}, {}, std::string(number(2), 'y')},
        ContributionRevised{topic, version, false, {}, {}}, ContributionWithdrawn{topic, {}},
        ContributionModerated{topic, CaseId{some()}, action, status},
        CommentPosted{topic, contribution, CommentId{some()}, static_cast<uint8_t>(number(256)), {}, "", Stance::kFor},
        CommentEdited{topic, contribution, version, {}}, CommentRetracted{topic, contribution},
        CommentModerated{topic, contribution, CaseId{some()}, action, status}, BallotCast{topic, contribution, version, choice},
        BallotChanged{topic, contribution, version, before, choice}, BallotReaffirmed{topic, contribution, version, choice},
        BallotWithdrawn{topic, contribution, before}, ContentFlagged{target, static_cast<Ground>(number(9)), {}},
        ModerationDecided{target, action, static_cast<Ground>(number(9)), {}, "", true}, ImportStarted{"", {}, {}, true, topic, {}}};
    StreamId stream{static_cast<StreamKind>(1 + number(kMaxStreamKind)), some(), {}};
    if (stream.kind == StreamKind::kBallot) stream.tag = some();
    Happening happening{stream, all[number(all.size())], Actor{ActorKind::kParticipant, some(), Role::kCitizen}, {}};
    const EncodedPayload bytes = encode_payload(happening.payload);
    // What does not decode never reaches a projection.
    if (decode_payload(bytes.type, bytes.schema, bytes.bytes, {1})) out.push_back(std::move(happening));
  }
  return out;
}

}  // namespace civiclog
