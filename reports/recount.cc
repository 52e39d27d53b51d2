#include "reports/recount.h"

#include <unordered_map>

#include <fmt/format.h>

#include "events/payload_codec.h"
#include "reports/log_walk.h"
#include "reports/standing_choices.h"

namespace civiclog {
namespace {

Error contradiction(Position position, const std::string& what) {
  return corrupt(fmt::format("the event at position {} {}; run `civic-replay verify`", position.value, what));
}

Error too_large(const char* what) {
  return {ErrorCode::kUnavailable, fmt::format("this topic has too many {} to be counted in memory", what), "too_large"};
}

class Fold {
 public:
  explicit Fold(TopicId topic) { out_.topic = topic; }

  Status apply(const StoredEvent& event);
  Result<Recount> finish(Position up_to);

 private:
  Status apply_to_topic(const Payload& payload);
  Status apply_to_contribution(const Envelope& envelope, const Payload& payload);
  Status apply_to_ballot(const Envelope& envelope, const Payload& payload);
  Status count(const Envelope& envelope, ContributionId contribution, std::optional<Choice> before, std::optional<Choice> after);
  static int64_t& cell(RecountedContribution& contribution, Choice choice);

  Recount out_;
  bool launched_ = false;
  std::unordered_map<ContributionId, size_t, UuidHash> places_;
  std::unordered_map<Tag, uint32_t, UuidHash> standing_;  // How many choices of each voter stand.
  StandingChoices choices_;
};

Status Fold::apply(const StoredEvent& event) {
  const Envelope& envelope = event.envelope;
  out_.recorded_at = envelope.recorded_at;
  const StreamKind kind = envelope.stream.kind;
  const bool ours = kind == StreamKind::kContribution || kind == StreamKind::kBallot ||
                    (kind == StreamKind::kTopic && envelope.stream.id == out_.topic.uuid);
  if (!ours) return {};
  const Result<Payload> payload = decode_payload(event);
  if (!payload) return payload.error();
  if (kind == StreamKind::kTopic) return apply_to_topic(*payload);
  return kind == StreamKind::kContribution ? apply_to_contribution(envelope, *payload) : apply_to_ballot(envelope, *payload);
}

Status Fold::apply_to_topic(const Payload& payload) {
  if (const auto* launched = std::get_if<TopicLaunched>(&payload)) {
    launched_ = true;
    out_.slug = launched->slug;
  }
  return {};
}

Status Fold::apply_to_contribution(const Envelope& envelope, const Payload& payload) {
  const ContributionId id{envelope.stream.id};
  if (const auto* submitted = std::get_if<ContributionSubmitted>(&payload)) {
    if (submitted->topic != out_.topic) return {};
    if (out_.contributions.size() >= kMaxRecountedContributions) return too_large("contributions");
    if (!places_.emplace(id, out_.contributions.size()).second) {
      return contradiction(envelope.position, "submits a contribution that was submitted before");
    }
    RecountedContribution& row = out_.contributions.emplace_back();
    row.id = id;
    row.source_id = submitted->source_id;
    row.kind = submitted->kind;
    row.submitted = envelope.position;
    return {};
  }
  const auto place = places_.find(id);
  if (place == places_.end()) return {};
  RecountedContribution& row = out_.contributions[place->second];
  if (std::holds_alternative<ContributionWithdrawn>(payload)) row.status = ItemStatus::kWithdrawn;
  if (const auto* moderated = std::get_if<ContributionModerated>(&payload)) row.status = moderated->status;
  return {};
}

Status Fold::apply_to_ballot(const Envelope& envelope, const Payload& payload) {
  const TopicId topic = std::visit(
      [](const auto& event) -> TopicId {
        if constexpr (requires { event.choice; event.topic; } || requires { event.previous; event.topic; }) return event.topic;
        return {};
      },
      payload);
  if (topic != out_.topic) return {};
  if (const auto problem = choices_.apply(envelope, payload)) return contradiction(envelope.position, *problem);
  if (choices_.is_full()) return too_large("votes");
  if (const auto* cast = std::get_if<BallotCast>(&payload)) return count(envelope, cast->contribution, {}, cast->choice);
  if (const auto* changed = std::get_if<BallotChanged>(&payload)) {
    return count(envelope, changed->contribution, changed->previous, changed->choice);
  }
  if (const auto* withdrawn = std::get_if<BallotWithdrawn>(&payload)) {
    return count(envelope, withdrawn->contribution, withdrawn->previous, {});
  }
  return {};
}

Status Fold::count(const Envelope& envelope, ContributionId contribution, std::optional<Choice> before,
                   std::optional<Choice> after) {
  const auto place = places_.find(contribution);
  if (place == places_.end()) {
    return contradiction(envelope.position, "is a ballot on a contribution that was never submitted to the topic");
  }
  RecountedContribution& row = out_.contributions[place->second];
  if (before) --cell(row, *before);
  if (after) ++cell(row, *after);
  if (before.has_value() == after.has_value()) return {};
  uint32_t& standing = standing_[Tag{envelope.stream.tag}];
  out_.voters += after && standing == 0 ? 1u : 0u;
  standing = after ? standing + 1 : standing - 1;
  out_.voters -= before && standing == 0 ? 1u : 0u;
  out_.votes = after ? out_.votes + 1 : out_.votes - 1;
  return {};
}

int64_t& Fold::cell(RecountedContribution& contribution, Choice choice) {
  switch (choice) {
    case Choice::kAgree: return contribution.agree;
    case Choice::kDisagree: return contribution.disagree;
    case Choice::kPass: break;
  }
  return contribution.pass;
}

Result<Recount> Fold::finish(Position up_to) {
  if (!launched_) {
    return not_found(fmt::format("there is no topic {} up to position {}; `civic-replay log --type topic-launched` lists the topics",
                                 out_.topic.text(), up_to.value));
  }
  out_.position = up_to;
  return std::move(out_);
}

}  // namespace

Result<Recount> recount(const EventLog& log, TopicId topic, Position up_to, const CheckProgress& progress) {
  Fold fold(topic);
  const VisitEvent visitor = [&fold](const StoredEvent& event) { return fold.apply(event); };
  if (Status walked = walk_log(log, up_to, visitor, progress); !walked) return walked.error();
  return fold.finish(up_to);
}

}  // namespace civiclog
