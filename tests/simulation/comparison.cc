#include "tests/simulation/comparison.h"

#include <algorithm>

#include <fmt/format.h>

#include "projections/ballots.h"
#include "projections/comments.h"
#include "projections/contributions.h"
#include "projections/moderation.h"
#include "projections/organisations.h"
#include "projections/participants.h"
#include "projections/topics.h"

namespace civiclog {
namespace {

constexpr uint64_t kCountedOne = 25;  // Percent of what is slow to count that is counted.

// One comparison; remembers the first difference.
class Comparison {
 public:
  Comparison(const ViewSnapshot& snapshot, const Model& then, const Model& now, std::optional<Position> as_of, Dice& dice)
      : snapshot_(snapshot), then_(then), now_(now), as_of_(as_of), dice_(dice) {}

  std::string run() {
    organisations();
    participants();
    topics();
    contributions();
    comments();
    cases();
    boxes();
    return difference_;
  }

 private:
  template <typename Queries>
  std::optional<Queries> ask() {
    Result<Queries> queries = snapshot_.read<Queries>(as_of_);
    if (queries) return std::move(*queries);
    fail(fmt::format("{}: {}", Queries::kProjection, queries.error().message));
    return std::nullopt;
  }
  void fail(const std::string& what) {
    if (difference_.empty()) difference_ = what + (as_of_ ? fmt::format(", as of {}", as_of_->value) : ", latest");
  }
  template <typename Answer, typename Value>
  void same(const Result<Answer>& answer, const Value& expected, const std::string& what) {
    if (!answer) return fail(fmt::format("{}: {}", what, answer.error().message));
    if (!(*answer == expected)) fail(what + " is not what the model says");
  }

  // All pages of a list, of any size.
  template <typename Item, typename Ask>
  std::vector<Item> all(Ask ask, const std::string& what) {
    std::vector<Item> items;
    PageRequest request;
    request.limit = dice_.between(1, 300);
    do {
      Result<Page<Item>> page = ask(request);
      if (!page) {
        fail(fmt::format("{}: {}", what, page.error().message));
        break;
      }
      std::ranges::move(page->items, std::back_inserter(items));
      request.after = page->next;
    } while (!request.after.empty());
    return items;
  }

  // The rows of a map in the order that `position` gives.
  template <typename Row, typename Map, typename Choose, typename Order>
  static std::vector<Row> sorted(const Map& map, Choose choose, Order order) {
    std::vector<Row> rows;
    for (const auto& [id, entry] : map) {
      if (const Row* row = choose(entry)) rows.push_back(*row);
    }
    std::ranges::sort(rows, [&](const Row& a, const Row& b) { return order(a) < order(b); });
    return rows;
  }

  void organisations() {
    const auto queries = ask<OrganisationQueries>();
    if (!queries) return;
    const auto rows = sorted<OrganisationRow>(then_.organisations, [](const auto& o) { return &o.row; },
                                              [](const OrganisationRow& r) { return r.registered.position; });
    if (all<OrganisationRow>([&](const PageRequest& r) { return queries->list(r); }, "organisations") != rows) fail("the list of organisations differs");
    for (const auto& [id, organisation] : then_.organisations) {
      same(queries->by_slug(organisation.row.slug), std::optional(organisation.row), "organisation " + id.text());
      std::vector<RoleRow> roles;
      for (const auto& [whose, row] : organisation.roles) {
        same(queries->roles(id, whose), std::optional(row), "roles of " + whose.text());
        if (!row.roles.empty()) roles.push_back(row);
      }
      auto listed = all<RoleRow>([&](const PageRequest& r) { return queries->roles(id, r); }, "roles");
      std::erase_if(listed, [](const RoleRow& row) { return row.roles.empty(); });
      if (listed != roles) fail("the list of roles of " + id.text() + " differs");
    }
  }

  void participants() {
    const auto queries = ask<ParticipantQueries>();
    if (!queries) return;
    const auto rows = sorted<ParticipantRow>(then_.participants, [](const auto& p) { return &p.row; },
                                             [](const ParticipantRow& r) { return r.joined.position; });
    if (all<ParticipantRow>([&](const PageRequest& r) { return queries->list(r); }, "participants") != rows) fail("the list of participants differs");
    if (all<ErasureRow>([&](const PageRequest& r) { return queries->erasures(r); }, "erasures") != then_.erasures) fail("the erasures differ");
    for (const auto& [id, participant] : now_.participants) {
      if (!then_.participants.contains(id)) same(queries->get(id), std::optional<ParticipantRow>(), "participant not yet joined " + id.text());
    }
  }

  void topics() {
    const auto queries = ask<TopicQueries>();
    const auto counts = ask<ContributionQueries>();
    const auto threads = ask<CommentQueries>();
    if (!queries || !counts || !threads) return;
    const auto rows = sorted<TopicRow>(then_.topics, [](const auto& t) { return &t.row; }, [](const TopicRow& r) { return r.launched.position; });
    if (all<TopicRow>([&](const PageRequest& r) { return queries->list(r); }, "topics") != rows) fail("the list of topics differs");
    for (const auto& [id, topic] : then_.topics) {
      same(queries->by_slug(topic.row.slug), std::optional(topic.row), "topic " + topic.row.slug);
      const auto origin = then_.origins.find(id);
      same(queries->import_of(id), origin != then_.origins.end() ? std::optional(origin->second) : std::nullopt, "origin of topic " + id.text());
      ContributionCounts counted = then_.contribution_counts(id);
      Result<ContributionCounts> of_items = counts->counts(id);
      if (of_items) counted.position = of_items->position;
      same(of_items, counted, "contributions counted of topic " + topic.row.slug);
      CommentCounts comments = then_.comment_counts(id);
      Result<CommentCounts> of_comments = threads->counts(id);
      if (of_comments) comments.position = of_comments->position;
      same(of_comments, comments, "comments counted of topic " + topic.row.slug);
    }
  }

  void contributions() {
    const auto queries = ask<ContributionQueries>();
    const auto threads = ask<CommentQueries>();
    if (!queries || !threads) return;
    for (const auto& [id, topic] : then_.topics) {
      const auto rows = sorted<ContributionRow>(then_.contributions, [&, in = id](const auto& c) { return c.row.topic == in ? &c.row : nullptr; },
                                                [](const ContributionRow& r) { return r.submitted.position; });
      const auto listed = all<ContributionItem>([&](const PageRequest& r) { return queries->list(id, r); }, "contributions");
      if (listed.size() != rows.size()) fail(fmt::format("topic {} lists {} contributions, not {}", topic.row.slug, listed.size(), rows.size()));
      for (size_t i = 0; i < std::min(rows.size(), listed.size()); ++i) contribution(listed[i], rows[i]);
    }
    for (const auto& [id, item] : then_.contributions) {
      if (!dice_.percent(kCountedOne)) continue;
      ThreadRow counted = then_.thread_counts(item);
      Result<ThreadRow> thread = threads->counts(id);
      if (thread) counted.position = thread->position;
      same(thread, counted, "comments counted of contribution " + id.text());
    }
  }

  void contribution(const ContributionItem& item, const ContributionRow& row) {
    if (!(item.row == row)) return fail(fmt::format("contribution {} is not what the model says", row.id.text()));
    if (item.visible_now != is_visible(now_.contributions.at(row.id).row)) fail("the visibility of now of contribution " + row.id.text() + " differs");
    const TallyRow tally = then_.tally(then_.contributions.at(row.id));
    if (item.tally == tally) return;
    fail(fmt::format("the tally of contribution {} is {}/{}/{}, not {}/{}/{}", row.id.text(), item.tally.agree, item.tally.disagree,
                     item.tally.pass, tally.agree, tally.disagree, tally.pass));
  }

  void comments() {
    const auto queries = ask<CommentQueries>();
    if (!queries) return;
    std::map<ContributionId, std::vector<CommentRow>> threads;
    for (const auto& [id, comment] : then_.comments) threads[comment.target].push_back(comment);
    for (auto& [target, rows] : threads) {
      std::ranges::sort(rows, [](const CommentRow& a, const CommentRow& b) { return a.path < b.path; });
      const auto listed = all<CommentItem>([&, of = target](const PageRequest& r) { return queries->thread(of, r); }, "thread");
      if (listed.size() != rows.size()) fail("the thread of contribution " + target.text() + " has another length");
      for (size_t i = 0; i < std::min(rows.size(), listed.size()); ++i) {
        if (!(listed[i].row == rows[i])) fail("comment " + rows[i].id.text() + " is not what the model says");
        const ItemStatus today = now_.comments.at(rows[i].id).status;
        if (listed[i].visible_now != (today == ItemStatus::kPublished)) fail("the visibility of now of comment " + rows[i].id.text() + " differs");
      }
    }
  }

  void cases() {
    const auto queries = ask<ModerationQueries>();
    if (!queries) return;
    for (const auto& [id, topic] : then_.topics) {
      const auto rows = sorted<CaseRow>(then_.cases, [&, in = id](const auto& c) { return c.row.target.topic == in ? &c.row : nullptr; },
                                        [](const CaseRow& r) { return r.opened.position; });
      if (all<CaseRow>([&, in = id](const PageRequest& r) { return queries->list(in, r); }, "cases") != rows) fail("the cases of topic " + topic.row.slug + " differ");
    }
    for (const auto& [id, about] : then_.cases) {
      if (!dice_.percent(kCountedOne)) continue;
      if (all<FlagRow>([&, of = id](const PageRequest& r) { return queries->flags(of, r); }, "flags") != about.flags) fail("the flags of case " + id.text() + " differ");
      if (all<DecisionRow>([&, of = id](const PageRequest& r) { return queries->decisions(of, r); }, "decisions") != about.decisions) fail("the decisions of case " + id.text() + " differ");
    }
  }

  void boxes() {
    const auto queries = ask<BallotQueries>();
    if (!queries) return;
    for (const auto& [id, box] : then_.boxes) {
      same(queries->counts(id), std::optional(then_.box_counts(id)), "counts of box " + id.text());
      std::map<std::pair<Tag, ContributionId>, BallotRow> cells;
      std::map<Tag, uint32_t> standing;
      for (const auto& [item, contribution] : then_.contributions) {
        for (const auto& [whose, row] : contribution.ballots) {
          if (whose.first != id) continue;
          cells[{whose.second, item}] = row;
          ++standing[whose.second];
        }
      }
      std::map<std::pair<Tag, ContributionId>, BallotRow> matrix;
      const Status walked = queries->matrix(id, [&](const Ballot& ballot) { return matrix.emplace(std::pair(ballot.tag, ballot.contribution), ballot.row).second; });
      if (!walked) fail("the matrix cannot be read: " + walked.error().message);
      if (matrix != cells) fail("the matrix of box " + id.text() + " differs");
      for (auto [tag, voter] : box.voters) {
        voter.current = standing[tag];
        same(queries->voter(id, tag), std::optional(voter), "voter " + tag.text());
      }
    }
  }

  const ViewSnapshot& snapshot_;
  const Model& then_;
  const Model& now_;
  const std::optional<Position> as_of_;
  Dice& dice_;
  std::string difference_;
};

}  // namespace

std::string compare_read_models(const ViewSnapshot& snapshot, const Model& then, const Model& now, std::optional<Position> as_of, Dice& dice) {
  return Comparison(snapshot, then, now, as_of, dice).run();
}

std::string compare_words(const Vault& vault, const Model& now) {
  for (const auto& [id, word] : now.words) {
    const Result<WordLookup> found = vault.get(id);
    if (!found) return fmt::format("word {}: {}", id.text(), found.error().message);
    const bool erased = word.erased != Position{};
    if (found->state != (erased ? WordState::kErased : WordState::kPresent)) {
      return fmt::format("word {} is {}", id.text(), erased ? "not erased" : found->state == WordState::kErased ? "erased" : "not here");
    }
    if (erased) continue;
    if (found->content->text != word.text) return fmt::format("word {} has another text", id.text());
    if (found->content->author != word.author) return fmt::format("word {} is another's", id.text());
    if (commit_to_word(found->content->salt, id, found->content->text) != word.ref.commitment) {
      return fmt::format("word {} does not open its commitment", id.text());
    }
  }
  std::string difference;
  const Status walked = vault.for_each_word([&](WordId id, const WordLookup&) {
    if (!now.words.contains(id)) difference = fmt::format("word {} is in the vault and in no event", id.text());
    return Status{};
  });
  return walked ? difference : walked.error().message;
}

}  // namespace civiclog
