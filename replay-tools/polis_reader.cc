#include "replay-tools/polis_reader.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <unordered_map>

#include <fmt/format.h>

#include "replay-tools/polis_matrix.h"
#include "replay-tools/polis_table.h"

namespace civiclog::polis {
namespace {

// 1973 in milliseconds, the year 5138 in seconds: below it a conversation's times are surely seconds.
constexpr Timestamp kEarliestPlausible{100'000'000'000};

void crlf_to_lf(std::string& text) {
  size_t kept = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    text[kept++] = text[i];
  }
  text.resize(kept);
}

Result<Timestamp> read_time(const Table& table, size_t column) {
  const auto ms = table.integer(column, 0, kMaxTime.ms);
  if (!ms) return ms.error();
  return Timestamp{*ms};
}

class Reader {
 public:
  explicit Reader(const Sources& sources) : sources_(sources) {}

  Result<Reading> run() {
    if (auto status = read_comments(); !status) return status.error();
    if (auto status = read_votes(); !status) return status.error();
    if (auto status = read_summary(); !status) return status.error();
    sort_conversation(conversation());
    warn_of_ties();
    warn_of_seconds();
    if (sources_.participants_votes != nullptr) {
      auto warning = check_matrix(*sources_.participants_votes, name_of("participants-votes.csv"), conversation());
      if (!warning) return warning.error();
      if (*warning) reading_.warnings.push_back(std::move(**warning));
    }
    return std::move(reading_);
  }

 private:
  Conversation& conversation() { return reading_.conversation; }
  std::string name_of(const char* file) const { return (sources_.folder / file).string(); }

  Status read_comments() {
    Table table(sources_.comments, name_of("comments.csv"));
    if (auto status = table.read_header(); !status) return status;
    const auto columns = table.require(
        {"timestamp", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"});
    if (!columns) return columns.error();
    std::unordered_map<int64_t, uint64_t> lines;
    size_t body_bytes = 0;
    for (;;) {
      const auto more = table.next();
      if (!more) return more.error();
      if (!*more) break;
      auto statement = read_statement(table, *columns);
      if (!statement) return statement.error();
      const auto [first, is_new] = lines.emplace(statement->id, table.line());
      if (!is_new) {
        return table.error((*columns)[1], fmt::format("statement {} is on line {} already", statement->id, first->second));
      }
      body_bytes += statement->body.size();
      if (lines.size() > kMaxStatements) return table.error(fmt::format("more than {} statements", kMaxStatements));
      if (body_bytes > kMaxBodyBytesTotal) {
        return table.error(fmt::format("the texts are longer than {} bytes together", kMaxBodyBytesTotal));
      }
      conversation().statements.push_back(std::move(*statement));
    }
    if (table.is_unterminated()) warn_of_end(table, "text");
    if (table.is_crlf()) {
      for (Statement& statement : conversation().statements) crlf_to_lf(statement.body);
    }
    return {};
  }

  static Result<Statement> read_statement(const Table& table, const std::vector<size_t>& columns) {
    const auto created = read_time(table, columns[0]);
    if (!created) return created.error();
    const auto id = table.natural(columns[1]);
    if (!id) return id.error();
    const auto author = table.natural(columns[2]);
    if (!author) return author.error();
    const auto agrees = table.natural(columns[3]);
    if (!agrees) return agrees.error();
    const auto disagrees = table.natural(columns[4]);
    if (!disagrees) return disagrees.error();
    const std::string_view moderated = table.text(columns[5]);
    if (moderated != "1" && moderated != "0" && moderated != "-1") {
      return table.error(columns[5], fmt::format("{} is no moderation; expected 1 (accepted), 0 (not yet) or -1 (rejected)",
                                                 shown(moderated)));
    }
    return Statement{.id = *id,
                     .author = *author,
                     .created = *created,
                     .moderated = static_cast<Moderation>(*parse_integer(moderated)),
                     .published_agrees = *agrees,
                     .published_disagrees = *disagrees,
                     .body = std::string(table.text(columns[6]))};
  }

  Status read_votes() {
    Table table(sources_.votes, name_of("votes.csv"));
    if (auto status = table.read_header(); !status) return status;
    const auto columns = table.require({"timestamp", "comment-id", "voter-id", "vote"});
    if (!columns) return columns.error();
    const StatementIndex index(conversation().statements);
    std::optional<std::string> early;
    uint64_t early_count = 0;
    for (;;) {
      const auto more = table.next();
      if (!more) return more.error();
      if (!*more) break;
      const auto vote = read_vote(table, *columns);
      if (!vote) return vote.error();
      const auto place = index.find(vote->statement);
      if (!place) return table.error((*columns)[1], fmt::format("comments.csv has no statement {}", vote->statement));
      if (vote->time < conversation().statements[*place].created) {
        if (!early) early = fmt::format("{}: a vote older than its statement", table.place((*columns)[0]));
        ++early_count;
      }
      if (conversation().votes.size() == kMaxVotes) return table.error(fmt::format("more than {} votes", kMaxVotes));
      conversation().votes.push_back(*vote);
    }
    if (table.is_unterminated()) warn_of_end(table, "row");
    if (early) reading_.warnings.push_back(fmt::format("{} ({} in all)", *early, early_count));
    return {};
  }

  static Result<Vote> read_vote(const Table& table, const std::vector<size_t>& columns) {
    const auto time = read_time(table, columns[0]);
    if (!time) return time.error();
    const auto statement = table.natural(columns[1]);
    if (!statement) return statement.error();
    const auto voter = table.natural(columns[2]);
    if (!voter) return voter.error();
    const std::string_view choice = table.text(columns[3]);
    if (choice != "1" && choice != "0" && choice != "-1") {
      return table.error(columns[3],
                         fmt::format("{} is not a vote; expected 1 (agree), -1 (disagree) or 0 (pass)", shown(choice)));
    }
    return Vote{.time = *time,
                .statement = *statement,
                .voter = *voter,
                .ordinal = 0,
                .choice = static_cast<Choice>(*parse_integer(choice))};
  }

  Status read_summary() {
    CsvReader csv(sources_.summary, name_of("summary.csv"));
    std::unordered_map<std::string, uint64_t> lines;
    for (;;) {
      const auto more = csv.next();
      if (!more) return more.error();
      if (!*more) break;
      const auto fields = csv.fields();
      if (fields.size() != 2) {
        return csv.error(fmt::format("{} field{} where a row is a key and a value", fields.size(), fields.size() == 1 ? "" : "s"));
      }
      if (fields[0].empty()) return csv.error("the key is empty; expected a name such as topic");
      const auto [first, is_new] = lines.emplace(std::string(fields[0]), csv.line());
      if (!is_new) return csv.error(fmt::format("the key {} is on line {} already", shown(fields[0]), first->second));
      if (lines.size() > kMaxSummaryRows) return csv.error(fmt::format("more than {} rows", kMaxSummaryRows));
      conversation().summary.push_back({std::string(fields[0]), std::string(fields[1])});
    }
    if (conversation().summary.empty()) {
      return invalid_argument(
          fmt::format("{} is empty; expected rows of a key and a value, such as topic,Minimum wage", csv.file()));
    }
    if (csv.is_crlf()) {
      for (SummaryRow& row : conversation().summary) {
        crlf_to_lf(row.key);
        crlf_to_lf(row.value);
      }
    }
    return {};
  }

  // Whether something is missing cannot be told from what is there.
  void warn_of_end(const Table& table, const char* last) {
    reading_.warnings.push_back(fmt::format("{} does not end with a line break; if it was cut, its last {} may be incomplete",
                                            table.file(), last));
  }

  void warn_of_ties() {
    const auto same_moment = [](const Vote& a, const Vote& b) {
      return a.time == b.time && a.statement == b.statement && a.voter == b.voter && a.choice != b.choice;
    };
    const auto& votes = conversation().votes;
    const auto tie = std::adjacent_find(votes.begin(), votes.end(), same_moment);
    if (tie == votes.end()) return;
    reading_.warnings.push_back(
        fmt::format("{}: voter {} made different choices on statement {} in the same millisecond ({}); the one "
                    "further down in the file counts",
                    name_of("votes.csv"), tie->voter, tie->statement, tie->time.ms));
  }

  void warn_of_seconds() {
    Timestamp last;
    for (const Statement& statement : conversation().statements) last = std::max(last, statement.created);
    if (!conversation().votes.empty()) last = std::max(last, conversation().votes.back().time);
    if (conversation().statements.empty() || last >= kEarliestPlausible) return;
    reading_.warnings.push_back(fmt::format(
        "the newest timestamp is {}, which is {} when it counts milliseconds; check that the export does not write seconds",
        last.ms, to_rfc3339(last)));
  }

  const Sources sources_;
  Reading reading_;
};

}  // namespace

Result<Reading> read_conversation(const Sources& sources) { return Reader(sources).run(); }

Result<Reading> read_conversation(const std::filesystem::path& directory) {
  std::error_code failure;
  if (!std::filesystem::is_directory(directory, failure)) {
    return invalid_argument(fmt::format("{} is not a folder; name the folder that holds the export", directory.string()));
  }
  auto comments = FileSource::open(directory / "comments.csv");
  if (!comments) return comments.error();
  auto votes = FileSource::open(directory / "votes.csv");
  if (!votes) return votes.error();
  auto summary = FileSource::open(directory / "summary.csv");
  if (!summary) return summary.error();
  const auto matrix_path = directory / "participants-votes.csv";
  if (std::filesystem::symlink_status(matrix_path, failure).type() == std::filesystem::file_type::not_found) {
    return read_conversation(Sources{*comments, *votes, *summary, nullptr, directory});
  }
  auto matrix = FileSource::open(matrix_path);
  if (!matrix) return matrix.error();
  return read_conversation(Sources{*comments, *votes, *summary, &*matrix, directory});
}

}  // namespace civiclog::polis
