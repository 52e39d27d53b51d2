#include "tests/simulation/model.h"

namespace civiclog {
namespace {

bool shows(const ContributionRow& row) {
  return row.status == ItemStatus::kPublished || (row.status == ItemStatus::kPending && !row.pre_moderated);
}

// The participant whose words they are, or the organisation.
Uuid author_of(const CommandRequest& request, const ExpectedEvent& event, const Model& model) {
  const auto of_topic = [&](TopicId topic) { return model.topics.at(topic).row.organisation.uuid; };
  if (const auto* verify = std::get_if<VerifyParticipant>(&request.command)) return verify->participant.uuid;
  if (const auto* launch = std::get_if<LaunchTopic>(&request.command)) return launch->organisation.uuid;
  if (const auto* import = std::get_if<StartImport>(&request.command)) return import->organisation.uuid;
  if (event.stream.kind == StreamKind::kOrganisation) return event.stream.id;
  if (event.stream.kind == StreamKind::kTopic) return of_topic(TopicId{event.stream.id});
  if (const auto* decide = std::get_if<DecideModeration>(&request.command)) return of_topic(decide->target.topic);
  if (const auto* submit = std::get_if<SubmitContribution>(&request.command); submit && submit->kind == ContributionKind::kPolicy) {
    return of_topic(submit->topic);
  }
  if (!request.issuer.is_system()) return request.issuer.participant.uuid;
  if (const auto* flagged = std::get_if<ContentFlagged>(&event.payload)) return of_topic(flagged->target.topic);
  if (event.stream.kind == StreamKind::kContribution) {
    return of_topic(model.contributions.at(ContributionId{event.stream.id}).row.topic);
  }
  return of_topic(model.comments.at(CommentId{event.stream.id}).topic);
}

}  // namespace

void Model::learn(const CommandRequest& request, const ExpectedEvent& expected, const RecordedEvent& event) {
  Payload payload = event.payload;
  const std::vector<WordRef*> refs = words_in(payload);
  for (size_t i = 0; i < refs.size(); ++i) {
    if (!refs[i]->is_given()) continue;
    words[refs[i]->id] = {*refs[i], expected.texts.at(i), author_of(request, expected, *this), {}};
    words_in_order.push_back(refs[i]->id);
  }
  if (event.envelope.stream.kind != StreamKind::kBallot) return;
  const WordId identity = participants.at(request.issuer.participant).identity;
  tags[{BoxId{event.envelope.stream.id}, words.at(identity).text}] = Tag{event.envelope.stream.tag};
}

TallyRow Model::tally(const Contribution& contribution) const {
  TallyRow row = contribution.acts;
  for (const auto& [whose, ballot] : contribution.ballots) {
    if (ballot.choice == Choice::kAgree) ++row.agree;
    if (ballot.choice == Choice::kDisagree) ++row.disagree;
    if (ballot.choice == Choice::kPass) ++row.pass;
  }
  return row;
}

ContributionCounts Model::contribution_counts(TopicId topic) const {
  ContributionCounts counts;
  for (const auto& [id, item] : contributions) {
    if (item.row.topic != topic) continue;
    ++counts.submitted;
    if (shows(item.row)) ++counts.count(item.row.kind);
  }
  return counts;
}

ThreadRow Model::thread_counts(const Contribution& contribution) const {
  ThreadRow counts{contribution.row.topic, contribution.row.pre_moderated, shows(contribution.row), 0, 0, {}};
  for (const auto& [id, comment] : comments) {
    if (comment.target != contribution.row.id) continue;
    ++counts.posted;
    if (comment.status == ItemStatus::kPublished) ++counts.visible;
  }
  return counts;
}

CommentCounts Model::comment_counts(TopicId topic) const {
  CommentCounts counts;
  for (const auto& [id, comment] : comments) {
    if (comment.topic != topic) continue;
    ++counts.posted;
    if (comment.status == ItemStatus::kPublished && shows(contributions.at(comment.target).row)) ++counts.shown;
  }
  return counts;
}

BoxCounts Model::box_counts(BoxId box) const {
  BoxCounts counts = boxes.at(box).acts;
  std::set<Tag> voters;
  for (const auto& [id, item] : contributions) {
    for (const auto& [whose, ballot] : item.ballots) {
      if (whose.first != box) continue;
      ++counts.votes;
      voters.insert(whose.second);
    }
  }
  counts.voters = voters.size();
  return counts;
}

}  // namespace civiclog
