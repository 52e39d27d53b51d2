#include <cstdlib>
#include <random>

#include <fmt/format.h>

#include "events/log_rows.h"
#include "tests/log/damage_fixture.h"

// A log whose files are not what they were: refused, or read with an error that names the place; never silently short,
// never wrong, never a crash.

namespace civiclog {
namespace {

namespace fs = std::filesystem;

TEST_F(RocksLogDamage, A_lost_end_is_refused_and_nothing_is_changed) {
  const std::string whole = read_file(wal());
  const fs::path file = wal();
  write_file(file, whole.substr(0, whole.size() - 700));
  expect_refused_everywhere("lost_tail", "events up to 40 were acknowledged");
  EXPECT_EQ(read_file(file), whole.substr(0, whole.size() - 700));
  // So that what comes back from elsewhere still fits.
  write_file(file, whole);
  EXPECT_EQ(read_all(*must_open(path())).size(), kEvents);
}

TEST_F(RocksLogDamage, A_removed_write_ahead_log_is_refused) {
  fs::remove(wal());
  expect_refused_everywhere("lost_tail", "ends at position 0");
}

TEST_F(RocksLogDamage, A_damaged_middle_of_the_write_ahead_log_is_refused) {
  flip_byte(wal(), read_file(wal()).size() / 2);
  const Error error = refusal_of(path());
  EXPECT_EQ(error.rule, "lost_tail") << error.message;
  EXPECT_FALSE(RocksLog::open_secondary(path()).has_value());
}

TEST_F(RocksLogDamage, A_torn_end_that_nobody_was_told_of_is_tolerated) {
  const std::string anchor = read_file(head_file());
  {
    const auto log = must_open(path());
    must_append(*log, writing(stream_));
  }
  // As if the machine had died in the flush: the anchor is still the old one, the record half there, or garbage.
  const std::string whole = read_file(wal());
  const fs::path file = wal();
  std::string garbled = whole;
  for (size_t i = whole.size() - 90; i < whole.size() - 30; ++i) garbled[i] = '\0';
  for (const std::string& torn : {whole.substr(0, whole.size() - 20), garbled, garbled + std::string(5'000, '\x7f')}) {
    const LogDirectory copy;
    fs::copy(path(), copy.path());
    write_file(copy.path() / file.filename(), torn);
    write_file(copy.path() / "head", anchor);
    {
      const auto secondary = RocksLog::open_secondary(copy.path());
      ASSERT_TRUE(secondary.has_value()) << secondary.error().message;
      EXPECT_EQ((*secondary)->head(), Position{kEvents});
    }
    const auto log = must_open(copy.path());
    ASSERT_NE(log, nullptr);
    EXPECT_EQ(log->head(), Position{kEvents});
    EXPECT_EQ(must_append(*log, writing(stream_)).first, Position{kEvents + 1});
    expect_sound(*log);
  }
}

TEST_F(RocksLogDamage, A_whole_end_that_nobody_was_told_of_is_kept) {
  const std::string anchor = read_file(head_file());
  const AppendRequest request = writing(stream_);
  must_append(*must_open(path()), request);
  write_file(head_file(), anchor);
  const auto log = must_open(path());
  EXPECT_EQ(log->head(), Position{kEvents + 1});
  EXPECT_TRUE(must_append(*log, request).repeated);
}

TEST_F(RocksLogDamage, An_older_copy_of_the_log_under_a_newer_head_is_refused) {
  const LogDirectory copy;
  fs::copy(path(), copy.path());
  must_append(*must_open(path()), writing(stream_));
  fs::copy_file(head_file(), copy.path() / "head", fs::copy_options::overwrite_existing);
  EXPECT_EQ(refusal_of(copy.path()).rule, "lost_tail");
}

TEST_F(RocksLogDamage, Another_history_at_the_anchor_is_refused) {
  const LogDirectory copy;
  fs::copy(path(), copy.path());
  must_append(*must_open(path()), writing(stream_));
  must_append(*must_open(copy.path()), writing(stream_));
  fs::copy_file(head_file(), copy.path() / "head", fs::copy_options::overwrite_existing);
  EXPECT_EQ(refusal_of(copy.path()).rule, "other_event");
}

TEST_F(RocksLogDamage, A_head_file_with_one_torn_slot_is_good_enough) {
  const std::string whole = read_file(head_file());
  for (const size_t offset : {size_t{30}, size_t{4'096 + 30}}) {
    write_file(head_file(), whole);
    flip_byte(head_file(), offset);
    EXPECT_NE(must_open(path()), nullptr);
  }
}

TEST_F(RocksLogDamage, A_head_file_that_says_nothing_is_refused_until_the_present_end_is_accepted) {
  const std::string whole = read_file(head_file());
  flip_byte(head_file(), 30);
  flip_byte(head_file(), 4'096 + 30);
  expect_refused_everywhere("", "The head file");
  EXPECT_EQ(RocksLog::accept_present_head(path()).value().head, Position{kEvents});
  EXPECT_NE(must_open(path()), nullptr);
  fs::remove(head_file());
  expect_refused_everywhere("head_missing", "has lost its file head");
  EXPECT_EQ(RocksLog::accept_present_head(path()).value().head, Position{kEvents});
  const auto log = must_open(path());
  EXPECT_EQ(must_append(*log, writing(stream_)).first, Position{kEvents + 1});
  EXPECT_EQ(RocksLog::accept_present_head(path()).error().rule, "in_use");
}

TEST_F(RocksLogDamage, A_lost_end_can_be_given_up_deliberately) {
  const std::string whole = read_file(wal());
  write_file(wal(), whole.substr(0, whole.size() - 700));
  const AcceptedHead accepted = RocksLog::accept_present_head(path()).value();
  EXPECT_EQ(accepted.acknowledged, Position{kEvents});
  EXPECT_FALSE(accepted.gave_up_nothing());
  const Position end = accepted.head;
  EXPECT_LT(end, Position{kEvents});
  const auto log = must_open(path());
  EXPECT_EQ(log->head(), end);
  EXPECT_EQ(must_append(*log, writing(stream_)).first, end.next());
  expect_sound(*log);
}

TEST_F(RocksLogDamage, The_head_file_of_another_log_or_a_newer_program_is_refused) {
  const LogDirectory other;
  must_create(other.path());
  fs::copy_file(other.path() / "head", head_file(), fs::copy_options::overwrite_existing);
  EXPECT_EQ(refusal_of(path()).code, ErrorCode::kIncompatible);
}

TEST_F(RocksLogDamage, A_newer_data_format_is_refused_by_its_number) {
  RawStore(path()).put("default", std::string(kLogRowKey), log_row({kLogFormat + 6, id_}) + "something new");
  expect_refused_everywhere("newer_format", "data format 7");
}

TEST_F(RocksLogDamage, A_missing_or_damaged_row_about_the_log_is_refused) {
  RawStore(path()).put("default", std::string(kLogRowKey), "??");
  expect_refused_everywhere("", "damaged row about itself");
  {
    RawStore raw(path());
    raw.erase("default", std::string(kLogRowKey));
    raw.flush();
  }
  expect_refused_everywhere("", "has lost the row about itself");
  fs::remove(wal());
  expect_refused_everywhere("", "has lost the row about itself");
}

TEST_F(RocksLogDamage, A_missing_column_family_is_refused) {
  RawStore(path()).drop_family("heads");
  expect_refused_everywhere("", "has lost a column family");
}

TEST_F(RocksLogDamage, Missing_files_are_refused) {
  const std::string current = read_file(path() / "CURRENT");
  fs::remove(path() / "CURRENT");
  expect_refused_everywhere("", "has lost its file CURRENT");
  write_file(path() / "CURRENT", current);
  fs::remove(path() / current.substr(0, current.size() - 1));
  EXPECT_FALSE(RocksLog::open(path()).has_value());
  EXPECT_FALSE(RocksLog::open_secondary(path()).has_value());
}

TEST(RocksLogDirectory, What_is_no_log_or_half_a_log_is_told_apart) {
  const LogDirectory directory;
  const auto message = [&] { return refusal_of(directory.path()).message; };
  EXPECT_NE(message().find("There is no log in"), std::string::npos) << message();
  fs::create_directory(directory.path());
  EXPECT_NE(message().find("There is no log in"), std::string::npos) << message();
  // Each stage at which creating can end.
  write_file(directory.path() / "LOCK", "");
  EXPECT_NE(message().find("never finished"), std::string::npos) << message();
  EXPECT_NE(RocksLog::create(directory.path(), new_log_id()).error().message.find("never finished"), std::string::npos);
  fs::remove_all(directory.path());
  must_create(directory.path());
  RawStore(directory.path()).erase("default", std::string(kLogRowKey));
  EXPECT_NE(message().find("never finished"), std::string::npos) << message();
  fs::remove(directory.path() / "head");
  EXPECT_NE(message().find("never finished"), std::string::npos) << message();
  RawStore(directory.path()).drop_family("commands");
  EXPECT_NE(message().find("never finished"), std::string::npos) << message();
  fs::remove_all(directory.path());
  must_create(directory.path());
}

// Whatever byte of whatever file is flipped: the log is refused, or it says which answers it cannot give, and
// every answer that it gives is right.
TEST_F(RocksLogDamage, Any_flipped_byte_is_harmless_or_noticed) {
  const auto seed = std::random_device{}();
  const char* wanted = std::getenv("CIVICLOG_FLIPS");
  const int flips = wanted != nullptr ? std::max(1, std::atoi(wanted)) : 40;
  fmt::print("seed {}, {} flips\n", seed, flips);
  std::mt19937 random(seed);
  RawStore(path()).flush();
  must_append(*must_open(path()), writing(stream_));
  events_ = read_all(*must_open(path()));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path())) {
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path().filename());
  }
  int refused = 0;
  int noticed = 0;
  for (int i = 0; i < flips; ++i) {
    const LogDirectory copy;
    fs::copy(path(), copy.path());
    const fs::path file = copy.path() / files[random() % files.size()];
    const size_t offset = random() % fs::file_size(file);
    SCOPED_TRACE(fmt::format("seed {}, {} at byte {}", seed, file.filename().string(), offset));
    flip_byte(file, offset);
    Result<std::unique_ptr<RocksLog>> opened = RocksLog::open(copy.path());
    if (!opened) {
      ++refused;
      EXPECT_FALSE(opened.error().message.empty());
      continue;
    }
    const RocksLog& log = **opened;
    ASSERT_EQ(log.head(), Position{kEvents + 1});
    bool is_harmless = true;
    for (const StoredEvent& event : events_) {
      const auto read = read_one(log, event.envelope.position);
      is_harmless = is_harmless && read.has_value();
      if (read) {
        EXPECT_EQ(read->bytes, event.bytes);
      }
      const auto record = log.find_command(event.envelope.command);
      is_harmless = is_harmless && record.has_value();
      if (record) {
        ASSERT_TRUE(record->has_value());
      }
      const auto stream = log.read_stream(event.envelope.stream, kNone);
      is_harmless = is_harmless && stream.has_value();
      if (stream) {
        EXPECT_GE(stream->size(), event.envelope.stream_version.value);
      }
    }
    const Result<LogCheck> check = log.check_indexes();
    if (!is_harmless) {
      ++noticed;
      EXPECT_TRUE(!check || !check->findings.empty());
    }
  }
  fmt::print("{} refused, {} noticed later, {} harmless\n", refused, noticed, flips - refused - noticed);
}

}  // namespace
}  // namespace civiclog
