// What the stores keep beside events, from damaged media: rows of the log, of the vault and of the read models, and the small files
// `head`, `keys` and `files-seen`. Input: one byte for what it is, then the bytes.
//
// What is read is written as the same bytes; a file that is read can be written on and read again; a file that is not says that it is
// damaged, or somebody else's.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <rocksdb/env.h>

#include "base/check.h"
#include "events/head_anchor.h"
#include "events/log_rows.h"
#include "projections/activity_row.h"
#include "projections/ballot_row.h"
#include "projections/comment_row.h"
#include "projections/contribution_row.h"
#include "projections/moderation_row.h"
#include "projections/organisation_row.h"
#include "projections/participant_row.h"
#include "projections/row_codec.h"
#include "projections/topic_row.h"
#include "storage/manifest_witness.h"
#include "tests/support/scratch_directory.h"
#include "vault/key_file.h"
#include "vault/word_rows.h"

namespace {

using namespace civiclog;

const LogId kLog{*parse_uuid("00000000-0000-4000-8000-000000000001")};

bool is_said(const Error& error) {
  return (error.code == ErrorCode::kCorrupt || error.code == ErrorCode::kIncompatible) && !error.message.empty();
}

void check_log_rows(std::string_view bytes) {
  if (const auto row = parse_log_row(bytes)) CHECK(row->format > kLogFormat || log_row(*row) == bytes);
  if (const auto position = parse_event_key(bytes)) CHECK(event_key(*position) == bytes);
  if (const auto stream = parse_stream_key(bytes)) CHECK(stream->key() == bytes);
  if (const auto row = parse_stream_row_key(bytes)) CHECK(stream_row_key(row->stream, row->version) == bytes);
  if (const auto command = parse_command_key(bytes)) CHECK(command_key(*command) == bytes);
  if (const auto position = parse_position_value(bytes)) CHECK(position_value(*position) == bytes);
  if (const auto head = parse_stream_head_value(bytes)) CHECK(stream_head_value(*head) == bytes);
}

void check_word_rows(std::string_view bytes) {
  using namespace word_rows;
  if (const auto row = decode_format(bytes)) CHECK(row->version > kFormatVersion || encode(*row) == bytes);
  if (const auto row = decode_key_counts(bytes)) CHECK(encode(*row) == bytes);
  if (const auto row = decode_pending(bytes)) CHECK(encode(*row) == bytes);
  if (const auto row = word_rows::decode_position(bytes)) CHECK(encode(*row) == bytes);
  if (const auto id = word_of(bytes)) CHECK(bytes.ends_with(view(id->uuid.bytes)));
  const Key key = sha256("author");
  const WordId id{kLog.uuid};
  CHECK(!open_word(key, id, bytes));
  (void)author_of(bytes);
  // A right row, and the same with one byte changed.
  Word word;
  word.id = id;
  word.author = kLog.uuid;
  word.text = std::string(bytes.substr(0, 200));
  std::string row = seal_word(key, word);
  const auto opened = open_word(key, id, row);
  CHECK(opened && opened->text == word.text && opened->author == word.author && word_rows::author_of(row) == word.author);
  CHECK(!open_word(sha256("another"), id, row) && !open_word(key, WordId{}, row));
  row[bytes.size() % row.size()] = static_cast<char>(row[bytes.size() % row.size()] ^ 1);
  CHECK(!open_word(key, id, row));
}

template <typename Row>
void check_row(std::string_view bytes) {
  const std::optional<Row> row = decode_row<Row>(bytes);
  if (!row) return;
  // A truth value may come as any byte; from then on there is one form.
  const std::string written = encode_row(*row);
  CHECK(written.size() == bytes.size());
  const std::optional<Row> again = decode_row<Row>(written);
  CHECK(again && encode_row(*again) == written);
}

template <typename... Rows>
void check_rows(std::string_view bytes) {
  (check_row<Rows>(bytes), ...);
}

void check_head_file(std::string_view bytes) {
  static const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  const std::string directory = "/log";
  (void)env->CreateDirIfMissing(directory);
  CHECK(rocksdb::WriteStringToFile(env.get(), rocksdb::Slice(bytes.data(), bytes.size()), directory + "/head").ok());
  const Result<HeadMark> read = HeadAnchor::read(*env, directory, kLog);
  const Result<HeadMark> of_any = HeadAnchor::read(*env, directory, std::nullopt);
  CHECK(!read || (of_any && *of_any == *read));
  const auto anchor = HeadAnchor::open(*env, directory, kLog);
  CHECK(anchor.has_value() == read.has_value());
  if (!read) {
    CHECK(is_said(read.error()) && is_said(anchor.error()));
    return;
  }
  if (read->position.value == UINT64_MAX) return;
  const HeadMark next{{read->position.value + 1}, 7};
  CHECK((*anchor)->write(next).has_value());
  CHECK(HeadAnchor::read(*env, directory, kLog).value() == next);
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_same(const KeyRecord& a, const KeyRecord& b) { return a.name == b.name && a.destroyed == b.destroyed && a.key == b.key; }

void check_key_file(std::string_view bytes) {
  static const ScratchDirectory scratch;
  const std::filesystem::path path = scratch.path() / "keys";
  const std::filesystem::path copy = scratch.path() / "copy";
  write_file(path, bytes);
  KeyFile file(path, kLog, KeyAccess::kWrite);
  const auto records = file.read();
  if (!records) {
    CHECK(is_said(records.error()) && file_bytes(path) == bytes);
    return;
  }
  // Cut to whole records, which are those that would be written.
  std::filesystem::remove(copy);
  CHECK(KeyFile::create(copy, kLog, *records).has_value());
  const std::string whole = file_bytes(copy);
  const std::string kept = file_bytes(path);
  CHECK(kept.size() == whole.size() && bytes.substr(0, kept.size()) == kept);
  const KeyRecord more{{KeyKind::kBox, kLog.uuid}, false, sha256("key")};
  CHECK(file.append({&more, 1}).has_value());
  KeyFile again(path, kLog, KeyAccess::kRead);
  const auto read = again.read();
  CHECK(read && read->size() == records->size() + 1 && is_same(read->back(), more));
  CHECK(std::equal(records->begin(), records->end(), read->begin(), is_same));
}

void check_files_seen(std::string_view bytes) {
  static const ScratchDirectory scratch;
  static const std::string directory = scratch.path().string();
  write_file(scratch.path() / "CURRENT", "MANIFEST-000007\n");
  write_file(scratch.path() / "MANIFEST-000007", std::string(100, 'x'));
  write_file(scratch.path() / "files-seen", bytes);
  const Status seen = ManifestWitness::check(StoreName{"The log", "restore it"}, directory, *rocksdb::Env::Default());
  CHECK(seen || seen.error().code == ErrorCode::kCorrupt);
  // What it says must have been sealed; a damaged witness accuses nobody.
  if (!seen) CHECK(bytes.starts_with("MANIFEST-"));
  ManifestWitness::record(directory, *rocksdb::Env::Default());
  CHECK(ManifestWitness::check(StoreName{"The log", "restore it"}, directory, *rocksdb::Env::Default()).has_value());
  write_file(scratch.path() / "MANIFEST-000007", std::string(99, 'x'));
  CHECK(!ManifestWitness::check(StoreName{"The log", "restore it"}, directory, *rocksdb::Env::Default()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: check_log_rows(bytes); break;
    case 1: check_word_rows(bytes); break;
    case 2:
      check_rows<ActivityRow, BallotRow, VoterRow, BoxCounts, CommentRow, ThreadRow, CommentCounts, ContributionRow, TallyRow,
                 ContributionCounts, CaseRow, FlagRow, DecisionRow, OrganisationRow, RoleRow, ParticipantRow, ErasureRow, TopicRow,
                 ImportRow>(bytes);
      break;
    case 3: check_head_file(bytes); break;
    case 4: check_key_file(bytes); break;
    default: check_files_seen(bytes); break;
  }
  return 0;
}
