#include "replay-tools/polis_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <numeric>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "replay-tools/csv.h"

namespace civiclog::polis {
namespace {

constexpr size_t kFlushBytes = size_t{1} << 20;

std::string reason(int error_number) { return std::generic_category().message(error_number); }

}  // namespace

// A file under a temporary name until commit(); removed when it is not committed.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path path) : path_(std::move(path)), partial_(path_.string() + ".partial") {}
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (exists_) ::unlink(partial_.c_str());
  }

  CsvWriter& csv() { return csv_; }

  Status open() {
    descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0) return failed(errno);
    exists_ = true;
    return {};
  }

  // Ends the record, and passes on what has gathered.
  Status end_record() {
    csv_.end_record();
    return csv_.bytes().size() < kFlushBytes ? Status{} : flush();
  }

  Status finish() {
    if (auto status = flush(); !status) return status;
    if (::fsync(descriptor_) != 0) return failed(errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) return failed(errno);
    return {};
  }

  Status commit() {
    if (::rename(partial_.c_str(), path_.c_str()) != 0) return failed(errno);
    exists_ = false;
    return {};
  }

 private:
  Status flush() {
    std::string_view rest = csv_.bytes();
    while (!rest.empty()) {
      const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed(errno);
      rest.remove_prefix(static_cast<size_t>(count));
    }
    csv_.clear();
    return {};
  }

  Error failed(int error_number) const {
    return io_error(fmt::format("{} cannot be written: {}", path_.string(), reason(error_number)));
  }

  std::filesystem::path path_;
  std::string partial_;
  int descriptor_ = -1;
  bool exists_ = false;
  CsvWriter csv_;
};

namespace {

Status header(PendingFile& file, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) file.csv().text(name);
  return file.end_record();
}

constexpr std::array<std::string_view, 4> kNames = {"comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"};
enum : size_t { kComments, kVotes, kMatrix, kSummary };

Status prepare(const std::filesystem::path& directory, WriteOptions options) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure || !std::filesystem::is_directory(directory)) {
    return io_error(fmt::format("the folder {} cannot be made: {}", directory.string(),
                                failure ? failure.message() : "a file is in its place"));
  }
  if (options.overwrite) return {};
  for (const std::string_view name : kNames) {
    if (!std::filesystem::exists(std::filesystem::symlink_status(directory / name, failure))) continue;
    return invalid_argument(fmt::format("{} exists already; name another folder or ask to overwrite", (directory / name).string()));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ConversationFiles>> ConversationFiles::open(const std::filesystem::path& directory, WriteOptions options) {
  std::error_code ignored;
  const bool made = !std::filesystem::exists(directory, ignored);
  std::unique_ptr<ConversationFiles> files(new ConversationFiles(directory, made));
  if (auto status = prepare(directory, options); !status) return status.error();
  if (auto status = files->start(); !status) return status.error();
  return files;
}

ConversationFiles::ConversationFiles(std::filesystem::path directory, bool made) : directory_(std::move(directory)), made_(made) {}

ConversationFiles::~ConversationFiles() {
  for (auto& file : files_) file.reset();
  std::error_code ignored;
  if (made_ && !committed_) std::filesystem::remove(directory_, ignored);  // Only if it is empty.
}

Status ConversationFiles::start() {
  for (size_t i = 0; i < kFiles; ++i) {
    files_[i] = std::make_unique<PendingFile>(directory_ / kNames[i]);
    if (auto status = files_[i]->open(); !status) return status;
  }
  auto status = header(*files_[kComments],
                       {"timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"});
  if (status) status = header(*files_[kVotes], {"timestamp", "datetime", "comment-id", "voter-id", "vote"});
  return status;
}

Status ConversationFiles::comment(const Statement& statement, const Tally& tally) {
  files_[kComments]->csv()
      .number(statement.created.ms)
      .text(to_rfc3339(statement.created))
      .number(statement.id)
      .number(statement.author)
      .number(tally.agrees)
      .number(tally.disagrees)
      .number(static_cast<int64_t>(statement.moderated))
      .text(statement.body);
  return files_[kComments]->end_record();
}

Status ConversationFiles::vote(const Vote& vote) {
  files_[kVotes]->csv()
      .number(vote.time.ms)
      .text(to_rfc3339(vote.time))
      .number(vote.statement)
      .number(vote.voter)
      .number(static_cast<int64_t>(vote.choice));
  return files_[kVotes]->end_record();
}

Status ConversationFiles::matrix_columns(std::vector<int64_t> columns) {
  columns_ = std::move(columns);
  CsvWriter& csv = files_[kMatrix]->csv();
  for (const auto* name : {"participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"}) csv.text(name);
  for (const int64_t statement : columns_) csv.number(statement);
  return files_[kMatrix]->end_record();
}

Status ConversationFiles::participant(std::span<const LatestVote> votes, int64_t authored) {
  const auto count = [&](Choice choice) {
    return std::count_if(votes.begin(), votes.end(), [&](const LatestVote& vote) { return vote.choice == choice; });
  };
  CsvWriter& csv = files_[kMatrix]->csv();
  csv.number(votes.front().voter).empty().number(authored).number(static_cast<int64_t>(votes.size()));
  csv.number(count(Choice::kAgree)).number(count(Choice::kDisagree));
  auto column = columns_.begin();
  for (const LatestVote& vote : votes) {
    const auto place = std::lower_bound(column, columns_.end(), vote.statement);
    CHECK(place != columns_.end() && *place == vote.statement);
    csv.empty(static_cast<size_t>(place - column)).number(static_cast<int64_t>(vote.choice));
    column = place + 1;
  }
  csv.empty(static_cast<size_t>(columns_.end() - column));
  return files_[kMatrix]->end_record();
}

Status ConversationFiles::summary(const SummaryRow& row) {
  files_[kSummary]->csv().text(row.key).text(row.value);
  return files_[kSummary]->end_record();
}

Status ConversationFiles::commit() {
  for (const auto& file : files_) {
    if (auto status = file->finish(); !status) return status;
  }
  for (const auto& file : files_) {
    if (auto status = file->commit(); !status) return status;
  }
  committed_ = true;
  return {};
}

namespace {

Status write_votes(ConversationFiles& files, const Conversation& conversation) {
  const std::vector<Vote>& votes = conversation.votes;
  std::vector<uint32_t> order(votes.size());
  std::iota(order.begin(), order.end(), 0U);
  // The conversation's order breaks ties, as it is the order in which votes count.
  const auto place = [&](uint32_t i) { return std::tuple(votes[i].statement, votes[i].voter, i); };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return place(a) < place(b); });
  for (const uint32_t i : order) {
    if (auto status = files.vote(votes[i]); !status) return status;
  }
  return {};
}

Status write_matrix(ConversationFiles& files, const Conversation& conversation) {
  const std::vector<LatestVote> latest = latest_votes(conversation);
  std::vector<int64_t> columns;
  for (const LatestVote& vote : latest) columns.push_back(vote.statement);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  std::unordered_map<int64_t, int64_t> authored;
  for (const Statement& statement : conversation.statements) ++authored[statement.author];
  auto status = files.matrix_columns(std::move(columns));
  for (auto begin = latest.begin(); status && begin != latest.end();) {
    const auto end = std::find_if(begin, latest.end(), [&](const LatestVote& vote) { return vote.voter != begin->voter; });
    const auto author = authored.find(begin->voter);
    status = files.participant({begin, end}, author == authored.end() ? 0 : author->second);
    begin = end;
  }
  return status;
}

}  // namespace

Status write_conversation(const Conversation& conversation, std::span<const Tally> tallies,
                          const std::filesystem::path& directory, WriteOptions options) {
  CHECK(tallies.size() == conversation.statements.size());
  if (auto status = validate(conversation); !status) return status;
  const auto files = ConversationFiles::open(directory, options);
  if (!files) return files.error();
  for (size_t i = 0; i < tallies.size(); ++i) {
    if (auto status = (*files)->comment(conversation.statements[i], tallies[i]); !status) return status;
  }
  if (auto status = write_votes(**files, conversation); !status) return status;
  if (auto status = write_matrix(**files, conversation); !status) return status;
  for (const SummaryRow& row : conversation.summary) {
    if (auto status = (*files)->summary(row); !status) return status;
  }
  return (*files)->commit();
}

}  // namespace civiclog::polis
