#include "replay-tools/polis_matrix.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "replay-tools/polis_table.h"

namespace civiclog::polis {
namespace {

constexpr size_t kNoColumn = SIZE_MAX;
constexpr size_t kNoStatement = SIZE_MAX;

std::string cell_text(std::optional<Choice> choice) {
  return choice ? std::to_string(static_cast<int>(*choice)) : "nothing";
}

class MatrixCheck {
 public:
  MatrixCheck(ByteSource& source, std::string file, const Conversation& conversation)
      : table_(source, std::move(file)), conversation_(conversation), index_(conversation.statements),
        latest_(latest_votes(conversation)) {
    for (const Statement& statement : conversation.statements) ++authored_[statement.author];
  }

  Result<std::optional<std::string>> run() {
    if (auto status = read_columns(); !status) return status.error();
    for (;;) {
      const auto more = table_.next();
      if (!more) return more.error();
      if (!*more) break;
      if (auto status = check_row(); !status) return status.error();
    }
    for (const LatestVote& vote : latest_) {
      if (participants_.contains(vote.voter)) continue;
      differs(fmt::format("{}: participant {} has voted and has no row", table_.file(), vote.voter));
      break;
    }
    if (!warning_) return warning_;
    return std::optional(fmt::format("{} ({} difference{} in all; the import goes by votes.csv)", *warning_, differences_,
                                     differences_ == 1 ? "" : "s"));
  }

 private:
  Status read_columns() {
    if (auto status = table_.read_header(); !status) return status;
    const auto required = table_.require({"participant"});
    if (!required) return required.error();
    participant_ = (*required)[0];
    column_of_.assign(conversation_.statements.size(), kNoColumn);
    statement_of_.assign(table_.names().size(), kNoStatement);
    for (size_t column = 0; column < table_.names().size(); ++column) {
      const std::string& name = table_.names()[column];
      if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) continue;
      const auto id = parse_integer(name);
      const auto place = id ? index_.find(*id) : std::nullopt;
      if (!place) return table_.error(column, "comments.csv has no statement of this id; the files do not belong together");
      statement_of_[column] = *place;
      column_of_[*place] = column;
    }
    expected_.assign(table_.names().size(), std::nullopt);
    group_ = table_.find("group-id");
    count_columns_ = {table_.find("n-comments"), table_.find("n-votes"), table_.find("n-agree"), table_.find("n-disagree")};
    return {};
  }

  Status check_row() {
    const auto participant = table_.natural(participant_);
    if (!participant) return participant.error();
    if (!participants_.insert(*participant).second) return table_.error(participant_, "this participant has a row already");

    const auto begin = std::lower_bound(latest_.begin(), latest_.end(), *participant,
                                        [](const LatestVote& vote, int64_t id) { return vote.voter < id; });
    const auto end = std::find_if(begin, latest_.end(), [&](const LatestVote& vote) { return vote.voter != *participant; });
    const std::span<const LatestVote> votes(begin, end);
    std::fill(expected_.begin(), expected_.end(), std::nullopt);
    for (const LatestVote& vote : votes) {
      const size_t column = column_of_[*index_.find(vote.statement)];
      if (column != kNoColumn) {
        expected_[column] = vote.choice;
      } else {
        differs(fmt::format("{} line {}: participant {} has voted on statement {}, which has no column", table_.file(),
                            table_.line(), *participant, vote.statement));
      }
    }
    if (auto status = check_cells(); !status) return status;
    return check_counts(*participant, votes);
  }

  Status check_cells() {
    for (size_t column = 0; column < statement_of_.size(); ++column) {
      if (statement_of_[column] == kNoStatement) continue;
      const std::string_view cell = table_.text(column);
      std::optional<Choice> found;
      if (cell == "1" || cell == "0" || cell == "-1") {
        found = static_cast<Choice>(*parse_integer(cell));
      } else if (!cell.empty()) {
        return table_.error(column, fmt::format("{} is not a vote; expected 1 (agree), -1 (disagree), 0 (pass) or nothing", shown(cell)));
      }
      if (found == expected_[column]) continue;
      differs(fmt::format("{}: {} where the votes say {}", table_.place(column), cell_text(found), cell_text(expected_[column])));
    }
    return {};
  }

  Status check_counts(int64_t participant, std::span<const LatestVote> votes) {
    const auto count = [&](Choice choice) {
      return std::count_if(votes.begin(), votes.end(), [&](const LatestVote& vote) { return vote.choice == choice; });
    };
    const auto authored = authored_.find(participant);
    const std::array<int64_t, 4> counts = {authored == authored_.end() ? 0 : authored->second,
                                           static_cast<int64_t>(votes.size()), count(Choice::kAgree),
                                           count(Choice::kDisagree)};
    for (size_t i = 0; i < counts.size(); ++i) {
      const auto column = count_columns_[i];
      if (!column) continue;
      const auto found = table_.natural(*column);
      if (!found) return found.error();
      if (*found != counts[i]) differs(fmt::format("{}: {} where counting gives {}", table_.place(*column), *found, counts[i]));
    }
    if (!group_ || table_.text(*group_).empty()) return {};
    const auto group = table_.natural(*group_);
    return group ? Status{} : Status(group.error());
  }

  void differs(std::string what) {
    if (!warning_) warning_ = std::move(what);
    ++differences_;
  }

  Table table_;
  const Conversation& conversation_;
  const StatementIndex index_;
  const std::vector<LatestVote> latest_;
  std::unordered_map<int64_t, int64_t> authored_;
  size_t participant_ = 0;                          // Columns, from here on.
  std::optional<size_t> group_;
  std::array<std::optional<size_t>, 4> count_columns_;
  std::vector<size_t> statement_of_;                // By column: the place of its statement.
  std::vector<size_t> column_of_;                   // By place of a statement: its column.
  std::vector<std::optional<Choice>> expected_;     // By column, for the row being checked.
  std::unordered_set<int64_t> participants_;
  std::optional<std::string> warning_;
  uint64_t differences_ = 0;
};

}  // namespace

Result<std::optional<std::string>> check_matrix(ByteSource& source, std::string file, const Conversation& conversation) {
  return MatrixCheck(source, std::move(file), conversation).run();
}

}  // namespace civiclog::polis
