// A whole Polis export of any bytes: its files one after the other, each behind a line "%% NAME" (comments, votes, summary, matrix).
//
// A refusal names a file. What is accepted is valid, is written by the writer, and is read back the same, with the same digest,
// and without a word about a matrix that differs; written again it is the same bytes. The order of rows leaves no trace.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/check.h"
#include "replay-tools/polis_reader.h"
#include "replay-tools/polis_writer.h"
#include "tests/support/scratch_directory.h"

namespace {

using namespace civiclog;

constexpr size_t kFiles = 4;
constexpr std::array<std::string_view, kFiles> kNames = {"comments", "votes", "summary", "matrix"};
constexpr std::array<const char*, kFiles> kWritten = {"comments.csv", "votes.csv", "summary.csv", "participants-votes.csv"};

std::array<std::string, kFiles> files_in(std::string_view bytes) {
  std::array<std::string, kFiles> files;
  for (size_t i = 0; i < kFiles; ++i) {
    const std::string head = "%% " + std::string(kNames[i]) + "\n";
    const size_t begin = bytes.find(head);
    if (begin == std::string_view::npos) continue;
    const std::string_view rest = bytes.substr(begin + head.size());
    files[i] = rest.substr(0, rest.find("%% "));
  }
  return files;
}

Result<polis::Reading> read(const std::array<std::string, kFiles>& files) {
  MemorySource comments(files[0]), votes(files[1]), summary(files[2]), matrix(files[3]);
  return polis::read_conversation({comments, votes, summary, files[3].empty() ? nullptr : &matrix, "export"});
}

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::array<std::string, kFiles> write(const polis::Conversation& conversation) {
  static const ScratchDirectory scratch;
  const Status written = polis::write_conversation(conversation, polis::latest_tallies(conversation), scratch.path(), {.overwrite = true});
  CHECK(written.has_value());
  std::array<std::string, kFiles> files;
  for (size_t i = 0; i < kFiles; ++i) files[i] = file_bytes(scratch.path() / kWritten[i]);
  return files;
}

// All but what the writer corrects: the counts.
polis::Conversation with_right_counts(polis::Conversation conversation) {
  const std::vector<polis::Tally> tallies = polis::latest_tallies(conversation);
  for (size_t i = 0; i < tallies.size(); ++i) {
    conversation.statements[i].published_agrees = tallies[i].agrees;
    conversation.statements[i].published_disagrees = tallies[i].disagrees;
  }
  return conversation;
}

void check_order_leaves_no_trace(const polis::Conversation& conversation) {
  polis::Conversation turned = conversation;
  std::ranges::reverse(turned.statements);
  std::rotate(turned.summary.begin(), turned.summary.begin() + 1, turned.summary.end());
  // Of equal place only the file's order tells which vote was last.
  std::ranges::stable_sort(turned.votes, {}, &polis::Vote::voter);
  polis::sort_conversation(turned);
  CHECK(polis::content_digest(turned) == polis::content_digest(conversation));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto reading = read(files_in({reinterpret_cast<const char*>(data), size}));
  if (!reading) {
    const std::string& message = reading.error().message;
    CHECK(reading.error().code == ErrorCode::kInvalidArgument && message.starts_with("export/"));
    CHECK(std::ranges::any_of(kWritten, [&](const char* name) { return message.find(name) != std::string::npos; }));
    CHECK(std::ranges::none_of(message, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    return 0;
  }
  const polis::Conversation& conversation = reading->conversation;
  CHECK(polis::validate(conversation).has_value());
  const auto files = write(conversation);
  const auto again = read(files);
  CHECK(again && again->conversation == with_right_counts(conversation));
  CHECK(polis::content_digest(again->conversation) == polis::content_digest(conversation));
  for (const std::string& warning : again->warnings) CHECK(warning.find("participants-votes.csv") == std::string::npos);
  CHECK(write(again->conversation) == files);
  check_order_leaves_no_trace(conversation);
  return 0;
}
