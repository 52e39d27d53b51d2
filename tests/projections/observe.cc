#include <fmt/format.h>
#include <gtest/gtest.h>

#include "projections/activity.h"
#include "projections/ballots.h"
#include "projections/comments.h"
#include "projections/contributions.h"
#include "projections/moderation.h"
#include "projections/organisations.h"
#include "projections/participants.h"
#include "projections/topics.h"
#include "tests/projections/recount.h"

namespace civiclog {
namespace {

template <typename T>
T held(Result<T> result) {
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? std::move(*result) : T{};
}

// Every item of a list, however many pages that takes.
template <typename List, typename Take>
void each(size_t page_size, List list, Take take) {
  PageRequest request;
  request.limit = page_size;
  for (int pages = 0; pages < 10'000; ++pages) {
    const auto page = list(request);
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_LE(page->items.size(), page_size);
    for (const auto& item : page->items) take(item);
    if (page->next.empty()) return;
    request.after = page->next;
  }
  FAIL() << "a list does not end";
}

class Observer {
 public:
  Observer(const ViewSnapshot& snapshot, std::optional<Position> as_of, size_t page_size)
      : page_size_(page_size), organisations_(*snapshot.read<OrganisationQueries>(as_of)), topics_(*snapshot.read<TopicQueries>(as_of)),
        contributions_(*snapshot.read<ContributionQueries>(as_of)), ballots_(*snapshot.read<BallotQueries>(as_of)),
        comments_(*snapshot.read<CommentQueries>(as_of)), activity_(*snapshot.read<ActivityQueries>(as_of)),
        moderation_(*snapshot.read<ModerationQueries>(as_of)), participants_(*snapshot.read<ParticipantQueries>(as_of)) {}

  Picture look() {
    each(page_size_, [&](const PageRequest& r) { return organisations_.list(r); }, [&](const OrganisationRow& row) { organisation(row); });
    each(page_size_, [&](const PageRequest& r) { return topics_.list(r); }, [&](const TopicRow& row) { topic(row); });
    each(page_size_, [&](const PageRequest& r) { return activity_.of_everything(r); }, [&](const ActivityRow& row) {
      picture_["activity"] += std::to_string(row.position.value) + " ";
    });
    each(page_size_, [&](const PageRequest& r) { return participants_.list(r); }, [&](const ParticipantRow& row) { participant(row); });
    each(page_size_, [&](const PageRequest& r) { return participants_.erasures(r); }, [&](const ErasureRow& row) {
      picture_["erasures"] += fmt::format("{} {} {} {} ", row.words, row.all_of_an_author, name_of(row.reason), row.erased.position.value);
    });
    std::erase_if(picture_, [](const auto& fact) { return fact.second.empty(); });
    return std::move(picture_);
  }

 private:
  void organisation(const OrganisationRow& row) {
    const std::string id = row.id.text();
    picture_["organisations"] += id + " ";
    picture_["organisation " + id] = fmt::format("{} {} {} {}", row.slug, row.name.text(), row.registered.position.value, row.changed.value);
    EXPECT_EQ(held(organisations_.by_slug(row.slug)), row);
    each(page_size_, [&](const PageRequest& r) { return organisations_.roles(row.id, r); }, [&](const RoleRow& roles) {
      std::string& words = picture_["roles " + id + " " + roles.participant.text()];
      for (const HeldRole& role : roles.roles) words += fmt::format("{}@{} ", name_of(role.role), role.since.value);
      EXPECT_EQ(held(organisations_.roles(row.id, roles.participant)), roles);
    });
    each(page_size_, [&](const PageRequest& r) { return topics_.list(row.id, r); },
         [&](const TopicRow& one) { picture_["topics of " + id] += one.id.text() + " "; });
    each(page_size_, [&](const PageRequest& r) { return activity_.of_organisation(row.id, r); },
         [&](const ActivityRow& line) { picture_["activity of " + id] += std::to_string(line.position.value) + " "; });
  }

  void topic(const TopicRow& row) {
    const std::string id = row.id.text();
    picture_["topics"] += id + " ";
    std::string phases;
    for (const PhaseRow& phase : row.phases) {
      phases += fmt::format("{}:{}-{}:{}-{} ", name_of(phase.planned.kind), phase.planned.starts_at.ms, phase.planned.ends_at.ms,
                            phase.opened ? phase.opened->position.value : 0, phase.closed ? phase.closed->position.value : 0);
    }
    std::string box = "none";
    if (row.box) {
      box = fmt::format("{} {} {}", row.box->id.text(), name_of(row.box->secrecy), row.box->opened.position.value);
      if (row.box->closed) box += fmt::format(" closed {}", row.box->closed->position.value);
      EXPECT_EQ(held(topics_.by_box(row.box->id)), row);
    }
    EXPECT_EQ(held(topics_.by_slug(row.slug)), row);
    picture_["topic " + id] = fmt::format("{} {} {} {} {} | {}| {} | {} | {} {} | {}", row.organisation.text(), row.slug, row.title.text(),
                                          row.source_id, row.launched.time.ms, phases, row.current_phase ? std::to_string(*row.current_phase) : "none",
                                          box, name_of(row.rules.secrecy), row.rules.pre_moderation, row.changed.value);
    if (const auto import = held(topics_.import_of(row.id))) {
      picture_["import " + id] = fmt::format("{} {} {}", import->id.text(), import->source, import->position.value);
    }
    each(page_size_, [&](const PageRequest& r) { return contributions_.list(row.id, r); }, [&](const ContributionItem& item) { contribution(item); });
    const ContributionCounts counts = held(contributions_.counts(row.id));
    if (counts.submitted > 0) {
      std::string words = fmt::format("of {}:", counts.submitted);
      for (int kind = 1; kind <= 5; ++kind) words += fmt::format(" {}", counts.count(static_cast<ContributionKind>(kind)));
      picture_["visible contributions " + id] = words;
    }
    each(page_size_, [&](const PageRequest& r) { return comments_.list(row.id, r); }, [&](const CommentItem& item) { comment(item.row); });
    const CommentCounts commented = held(comments_.counts(row.id));
    if (commented.posted > 0) picture_["comment counts " + id] = fmt::format("{} of {}", commented.shown, commented.posted);
    each(page_size_, [&](const PageRequest& r) { return activity_.of_topic(row.id, r); }, [&](const ActivityRow& line) {
      picture_["activity of " + id] += std::to_string(line.position.value) + " ";
    });
    each(page_size_, [&](const PageRequest& r) { return moderation_.list(row.id, r); }, [&](const CaseRow& one) { moderation_case(id, one); });
  }

  void contribution(const ContributionItem& item) {
    const ContributionRow& row = item.row;
    const std::string id = row.id.text();
    picture_["contributions of " + row.topic.text()] += id + " ";
    const std::string moderated = row.moderation ? fmt::format("{} {}", row.moderation->moderation_case.text(), row.moderation->position.value) : "never";
    picture_["contribution " + id] = fmt::format("{} {} v{} {} by {} {} '{}' {} {} {}", name_of(row.kind), name_of(row.status), row.version, row.title.text(),
                                                 row.author.id.text(), name_of(row.author.role), row.source_id, row.submitted.position.value, moderated, row.changed.value);
    const TallyRow& t = item.tally;
    picture_["tally " + id] = fmt::format("{} {} {} ({} {} {} {})", t.agree, t.disagree, t.pass, t.cast, t.changed, t.reaffirmed, t.withdrawn);
    if (!row.source_id.empty()) {
      const auto found = held(contributions_.by_source_id(row.topic, row.source_id));
      EXPECT_TRUE(found && found->row == row);
    }
    each(page_size_, [&](const PageRequest& r) { return comments_.thread(row.id, r); },
         [&](const CommentItem& one) { picture_["thread " + id] += one.row.id.text() + " "; });
    const ThreadRow thread = held(comments_.counts(row.id));
    if (thread.posted > 0) picture_["comments on " + id] = fmt::format("{} of {}", thread.visible, thread.posted);
  }

  void comment(const CommentRow& row) {
    picture_["comments of " + row.topic.text()] += row.id.text() + " ";
    picture_["comment " + row.id.text()] = fmt::format("on {} {} depth {} {} {} v{} '{}' {} {}", row.target.text(), row.parent.text(), row.depth, name_of(row.stance),
                                                       name_of(row.status), row.version, row.source_id, row.posted.position.value, row.changed.value);
    if (!row.source_id.empty()) {
      const auto found = held(comments_.by_source_id(row.topic, row.source_id));
      EXPECT_TRUE(found && found->row == row);
    }
  }

  void moderation_case(const std::string& topic, const CaseRow& row) {
    picture_["cases of " + topic] += row.id.text() + " ";
    std::map<Position, std::string> acts;
    each(page_size_, [&](const PageRequest& r) { return moderation_.flags(row.id, r); }, [&](const FlagRow& flag) {
      acts[flag.flagged.position] = fmt::format("flag {} {} ", name_of(flag.ground), flag.flagged.position.value);
    });
    each(page_size_, [&](const PageRequest& r) { return moderation_.decisions(row.id, r); }, [&](const DecisionRow& decision) {
      acts[decision.decided.position] = fmt::format("{} {} {} ", name_of(decision.action), name_of(decision.ground), decision.decided.position.value);
    });
    for (const auto& [position, words] : acts) picture_["case " + row.id.text()] += words;
    EXPECT_EQ(acts.size(), row.flags + row.decisions);
    EXPECT_EQ(acts.rbegin()->first, row.changed);
    bool found = false;
    each(page_size_, [&](const PageRequest& r) { return moderation_.about(row.target.contribution, row.target.comment, r); },
         [&](const CaseRow& one) { found |= one == row; });
    EXPECT_TRUE(found);
  }

  void participant(const ParticipantRow& row) {
    picture_["participants"] += row.id.text() + " ";
    std::string& words = picture_["participant " + row.id.text()];
    words = fmt::format("'{}' joined {} ", row.source_id, row.joined.position.value);
    if (row.verified) words += fmt::format("verified {} {} ", row.identity.text(), row.verified->position.value);
  }

 public:
  void boxes(const std::vector<BoxId>& boxes) {
    for (const BoxId box : boxes) {
      const auto counts = held(ballots_.counts(box));
      if (!counts) continue;
      picture_["box " + box.text()] = fmt::format("voters {} votes {} ({} {} {} {})", counts->voters, counts->votes, counts->cast, counts->changed,
                                                  counts->reaffirmed, counts->withdrawn);
      uint64_t cells = 0;
      EXPECT_TRUE(ballots_.matrix(box, [&](const Ballot& ballot) {
        ++cells;
        picture_[fmt::format("cell {} {} {}", box.text(), ballot.tag.text(), ballot.contribution.text())] =
            fmt::format("{} v{} {} {}", name_of(ballot.row.choice), ballot.row.contribution_version, ballot.row.first.value, ballot.row.last.position.value);
        EXPECT_EQ(held(ballots_.choice(box, ballot.tag, ballot.contribution)), ballot.row);
        return true;
      }));
      EXPECT_EQ(cells, counts->votes);
    }
  }
  void voters(const std::vector<std::pair<BoxId, Tag>>& voters) {
    for (const auto& [box, tag] : voters) {
      const auto row = held(ballots_.voter(box, tag));
      const std::vector<Ballot> choices = held(ballots_.choices(box, tag));
      if (!row) {
        EXPECT_TRUE(choices.empty());
        continue;
      }
      EXPECT_EQ(choices.size(), row->current);
      picture_["voter " + box.text() + " " + tag.text()] = std::to_string(row->current);
    }
  }

 private:
  const size_t page_size_;
  Picture picture_;
  OrganisationQueries organisations_;
  TopicQueries topics_;
  ContributionQueries contributions_;
  BallotQueries ballots_;
  CommentQueries comments_;
  ActivityQueries activity_;
  ModerationQueries moderation_;
  ParticipantQueries participants_;
};

}  // namespace

Picture observe(const ViewSnapshot& snapshot, std::optional<Position> as_of, size_t page_size, const Asked& asked) {
  Observer observer(snapshot, as_of, page_size);
  observer.boxes(asked.boxes);
  observer.voters(asked.voters);
  return observer.look();
}

}  // namespace civiclog
