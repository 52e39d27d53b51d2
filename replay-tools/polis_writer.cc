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

Status header(PendingFile& file, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) file.csv().text(name);
  return file.end_record();
}

Status write_comments(PendingFile& file, const Conversation& conversation, std::span<const Tally> tallies) {
  auto status = header(file, {"timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"});
  for (size_t i = 0; status && i < conversation.statements.size(); ++i) {
    const Statement& statement = conversation.statements[i];
    file.csv()
        .number(statement.created.ms)
        .text(to_rfc3339(statement.created))
        .number(statement.id)
        .number(statement.author)
        .number(tallies[i].agrees)
        .number(tallies[i].disagrees)
        .number(static_cast<int64_t>(statement.moderated))
        .text(statement.body);
    status = file.end_record();
  }
  return status;
}

Status write_votes(PendingFile& file, const Conversation& conversation) {
  const std::vector<Vote>& votes = conversation.votes;
  std::vector<uint32_t> order(votes.size());
  std::iota(order.begin(), order.end(), 0U);
  // The conversation's order breaks ties, as it is the order in which votes count.
  const auto place = [&](uint32_t i) { return std::tuple(votes[i].statement, votes[i].voter, i); };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return place(a) < place(b); });
  auto status = header(file, {"timestamp", "datetime", "comment-id", "voter-id", "vote"});
  for (size_t i = 0; status && i < order.size(); ++i) {
    const Vote& vote = votes[order[i]];
    file.csv()
        .number(vote.time.ms)
        .text(to_rfc3339(vote.time))
        .number(vote.statement)
        .number(vote.voter)
        .number(static_cast<int64_t>(vote.choice));
    status = file.end_record();
  }
  return status;
}

Status write_row(PendingFile& file, std::span<const LatestVote> votes, int64_t authored, std::span<const int64_t> columns) {
  const auto count = [&](Choice choice) {
    return std::count_if(votes.begin(), votes.end(), [&](const LatestVote& vote) { return vote.choice == choice; });
  };
  CsvWriter& csv = file.csv();
  csv.number(votes.front().voter).empty().number(authored).number(static_cast<int64_t>(votes.size()));
  csv.number(count(Choice::kAgree)).number(count(Choice::kDisagree));
  auto vote = votes.begin();  // Ascending by statement, as the columns are.
  for (const int64_t statement : columns) {
    if (vote != votes.end() && vote->statement == statement) {
      csv.number(static_cast<int64_t>(vote->choice));
      ++vote;
    } else {
      csv.empty();
    }
  }
  return file.end_record();
}

Status write_matrix(PendingFile& file, const Conversation& conversation) {
  const std::vector<LatestVote> latest = latest_votes(conversation);
  std::vector<int64_t> columns;
  for (const LatestVote& vote : latest) columns.push_back(vote.statement);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  std::unordered_map<int64_t, int64_t> authored;
  for (const Statement& statement : conversation.statements) ++authored[statement.author];

  for (const auto* name : {"participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"}) file.csv().text(name);
  for (const int64_t statement : columns) file.csv().number(statement);
  auto status = file.end_record();
  for (auto begin = latest.begin(); status && begin != latest.end();) {
    const auto end = std::find_if(begin, latest.end(), [&](const LatestVote& vote) { return vote.voter != begin->voter; });
    const auto author = authored.find(begin->voter);
    status = write_row(file, {begin, end}, author == authored.end() ? 0 : author->second, columns);
    begin = end;
  }
  return status;
}

Status write_summary(PendingFile& file, const Conversation& conversation) {
  Status status;
  for (size_t i = 0; status && i < conversation.summary.size(); ++i) {
    file.csv().text(conversation.summary[i].key).text(conversation.summary[i].value);
    status = file.end_record();
  }
  return status;
}

constexpr std::array<std::string_view, 4> kFiles = {"comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"};

Status prepare(const std::filesystem::path& directory, WriteOptions options) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure || !std::filesystem::is_directory(directory)) {
    return io_error(fmt::format("the folder {} cannot be made: {}", directory.string(),
                                failure ? failure.message() : "a file is in its place"));
  }
  if (options.overwrite) return {};
  for (const std::string_view name : kFiles) {
    if (!std::filesystem::exists(std::filesystem::symlink_status(directory / name, failure))) continue;
    return invalid_argument(fmt::format("{} exists already; name another folder or ask to overwrite", (directory / name).string()));
  }
  return {};
}

}  // namespace

Status write_conversation(const Conversation& conversation, std::span<const Tally> tallies,
                          const std::filesystem::path& directory, WriteOptions options) {
  CHECK(tallies.size() == conversation.statements.size());
  if (auto status = validate(conversation); !status) return status;
  if (auto status = prepare(directory, options); !status) return status;
  std::vector<std::unique_ptr<PendingFile>> files;
  for (const std::string_view name : kFiles) {
    files.push_back(std::make_unique<PendingFile>(directory / name));
    if (auto status = files.back()->open(); !status) return status;
  }
  if (auto status = write_comments(*files[0], conversation, tallies); !status) return status;
  if (auto status = write_votes(*files[1], conversation); !status) return status;
  if (auto status = write_matrix(*files[2], conversation); !status) return status;
  if (auto status = write_summary(*files[3], conversation); !status) return status;
  for (const auto& file : files) {
    if (auto status = file->finish(); !status) return status;
  }
  for (const auto& file : files) {
    if (auto status = file->commit(); !status) return status;
  }
  return {};
}

}  // namespace civiclog::polis
