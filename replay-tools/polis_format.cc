#include "replay-tools/polis_format.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "replay-tools/csv.h"

namespace civiclog::polis {
namespace {

auto place_of(const Statement& statement) { return std::tuple(statement.created, statement.id); }
auto place_of(const Vote& vote) { return std::tuple(vote.time, vote.statement, vote.voter); }

bool is_time(Timestamp time) { return time >= Timestamp{} && time <= kMaxTime; }

bool is_text(std::string_view text) {
  return text.size() <= kMaxCsvFieldBytes && text.find('\0') == std::string_view::npos && is_valid_utf8(text);
}

// Restarts at 0 with every group of equal time, statement and voter.
void number_ordinals(std::vector<Vote>& votes) {
  std::array<uint32_t, 3> seen{};
  for (size_t i = 0; i < votes.size(); ++i) {
    if (i > 0 && place_of(votes[i]) != place_of(votes[i - 1])) seen = {};
    votes[i].ordinal = seen[static_cast<size_t>(static_cast<int>(votes[i].choice) + 1)]++;
  }
}

Status validate_statements(const std::vector<Statement>& statements) {
  if (statements.size() > kMaxStatements) return invalid_argument(fmt::format("more than {} statements", kMaxStatements));
  size_t body_bytes = 0;
  for (size_t i = 0; i < statements.size(); ++i) {
    const Statement& statement = statements[i];
    const auto wrong = [&](std::string_view what) {
      return invalid_argument(fmt::format("statement {}: {}", statement.id, what));
    };
    if (statement.id < 0 || statement.author < 0) return wrong("the ids of a statement and its author are 0 or more");
    if (statement.published_agrees < 0 || statement.published_disagrees < 0) return wrong("a count is below 0");
    if (!is_time(statement.created)) return wrong("its time is not between 1970 and 9999");
    if (auto status = validate_text(statement); !status) return status;
    if ((body_bytes += statement.body.size()) > kMaxBodyBytesTotal) return wrong("the texts are too long together");
    if (i > 0 && place_of(statements[i - 1]) > place_of(statement)) return wrong("statements are not sorted by time and id");
  }
  return {};
}

Status validate_votes(const Conversation& conversation, const StatementIndex& index) {
  const std::vector<Vote>& votes = conversation.votes;
  if (votes.size() > kMaxVotes) return invalid_argument(fmt::format("more than {} votes", kMaxVotes));
  for (size_t i = 0; i < votes.size(); ++i) {
    const Vote& vote = votes[i];
    const auto wrong = [&](std::string_view what) {
      return invalid_argument(fmt::format("vote of {} on statement {} at {}: {}", vote.voter, vote.statement, vote.time.ms, what));
    };
    if (vote.voter < 0) return wrong("the id of a voter is 0 or more");
    if (!is_time(vote.time)) return wrong("its time is not between 1970 and 9999");
    if (!index.find(vote.statement)) return wrong("there is no such statement");
    if (i > 0 && place_of(votes[i - 1]) > place_of(vote)) return wrong("votes are not sorted by time, statement and voter");
  }
  return {};
}

std::vector<const SummaryRow*> summary_by_key(const Conversation& conversation) {
  std::vector<const SummaryRow*> rows;
  for (const SummaryRow& row : conversation.summary) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(), [](const SummaryRow* a, const SummaryRow* b) { return a->key < b->key; });
  return rows;
}

Status validate_summary(const Conversation& conversation) {
  if (conversation.summary.size() > kMaxSummaryRows) {
    return invalid_argument(fmt::format("more than {} rows in the summary", kMaxSummaryRows));
  }
  if (conversation.summary.empty()) return invalid_argument("the summary is empty; it names at least the topic");
  for (const SummaryRow& row : conversation.summary) {
    if (row.key.empty() || !is_text(row.key) || !is_text(row.value)) {
      return invalid_argument(fmt::format("summary row {}: key and value are UTF-8 without NUL, the key not empty", shown(row.key)));
    }
  }
  const auto rows = summary_by_key(conversation);
  const auto twice = std::adjacent_find(rows.begin(), rows.end(), [](auto* a, auto* b) { return a->key == b->key; });
  if (twice != rows.end()) return invalid_argument(fmt::format("the summary has {} twice", shown((*twice)->key)));
  return {};
}

}  // namespace

void sort_conversation(Conversation& conversation) {
  const auto by_place = [](const auto& a, const auto& b) { return place_of(a) < place_of(b); };
  std::stable_sort(conversation.statements.begin(), conversation.statements.end(), by_place);
  std::stable_sort(conversation.votes.begin(), conversation.votes.end(), by_place);
  number_ordinals(conversation.votes);
}

std::string column_key(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return key;
}

std::optional<std::string_view> summary_value(const Conversation& conversation, std::string_view key) {
  const std::string wanted = column_key(key);
  for (const SummaryRow& row : conversation.summary) {
    if (column_key(row.key) == wanted) return row.value;
  }
  return std::nullopt;
}

std::vector<LatestVote> latest_votes(const Conversation& conversation) {
  std::vector<LatestVote> latest;
  latest.reserve(conversation.votes.size());
  for (const Vote& vote : conversation.votes) latest.push_back({vote.voter, vote.statement, vote.choice});
  const auto pair_of = [](const LatestVote& vote) { return std::pair(vote.voter, vote.statement); };
  // Stable: within a pair the votes stay in the order of time, so the last one counts.
  std::stable_sort(latest.begin(), latest.end(), [&](const auto& a, const auto& b) { return pair_of(a) < pair_of(b); });
  size_t kept = 0;
  for (size_t i = 0; i < latest.size(); ++i) {
    if (i + 1 == latest.size() || pair_of(latest[i]) != pair_of(latest[i + 1])) latest[kept++] = latest[i];
  }
  latest.resize(kept);
  return latest;
}

std::vector<Tally> latest_tallies(const Conversation& conversation) {
  const StatementIndex index(conversation.statements);
  std::vector<Tally> tallies(conversation.statements.size());
  for (const LatestVote& vote : latest_votes(conversation)) {
    const auto place = index.find(vote.statement);
    CHECK(place.has_value());
    Tally& tally = tallies[*place];
    ++(vote.choice == Choice::kAgree ? tally.agrees : vote.choice == Choice::kDisagree ? tally.disagrees : tally.passes);
  }
  return tallies;
}

StatementIndex::StatementIndex(std::span<const Statement> statements) {
  for (size_t i = 0; i < statements.size(); ++i) by_id_.push_back({statements[i].id, i});
  std::sort(by_id_.begin(), by_id_.end(), [](const Entry& a, const Entry& b) { return a.id < b.id; });
}

std::optional<size_t> StatementIndex::find(int64_t id) const {
  const auto entry = std::lower_bound(by_id_.begin(), by_id_.end(), id, [](const Entry& e, int64_t wanted) { return e.id < wanted; });
  if (entry == by_id_.end() || entry->id != id) return std::nullopt;
  return entry->place;
}

std::optional<int64_t> StatementIndex::repeated_id() const {
  const auto entry = std::adjacent_find(by_id_.begin(), by_id_.end(), [](const Entry& a, const Entry& b) { return a.id == b.id; });
  if (entry == by_id_.end()) return std::nullopt;
  return entry->id;
}

Status validate_text(const Statement& statement) {
  if (is_text(statement.body)) return {};
  return invalid_argument(fmt::format("statement {}: its text is not UTF-8, has a NUL byte or is too long for a field", statement.id));
}

Status validate(const Conversation& conversation) {
  if (auto status = validate_statements(conversation.statements); !status) return status;
  const StatementIndex index(conversation.statements);
  if (const auto id = index.repeated_id()) return invalid_argument(fmt::format("statement {} is there twice", *id));
  if (auto status = validate_votes(conversation, index); !status) return status;
  return validate_summary(conversation);
}

Digest content_digest(const Conversation& conversation) {
  Sha256 hash;
  hash.update(ByteWriter().text("civiclog polis conversation 1").u64(conversation.statements.size()).take());
  for (const Statement& statement : conversation.statements) {
    ByteWriter bytes;
    bytes.i64(statement.created.ms).i64(statement.id).i64(statement.author);
    hash.update(bytes.i64(static_cast<int64_t>(statement.moderated)).text(statement.body).take());
  }
  hash.update(ByteWriter().u64(conversation.votes.size()).take());
  for (const Vote& vote : conversation.votes) {
    ByteWriter bytes;
    bytes.i64(vote.time.ms).i64(vote.statement).i64(vote.voter).i64(static_cast<int64_t>(vote.choice));
    hash.update(bytes.take());
  }
  hash.update(ByteWriter().u64(conversation.summary.size()).take());
  for (const SummaryRow* row : summary_by_key(conversation)) hash.update(ByteWriter().text(row->key).text(row->value).take());
  return hash.finish();
}

}  // namespace civiclog::polis
