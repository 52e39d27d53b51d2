#include <functional>
#include <optional>

#include "events/log_rows.h"
#include "tests/log/damage_fixture.h"

// Rows of the log that were changed through RocksDB itself, whose own checksums are right.

namespace civiclog {
namespace {

using RocksLogRows = RocksLogDamage;

TEST_F(RocksLogRows, A_damaged_event_is_named_and_the_others_are_read) {
  const auto replace = [&](const std::string& bytes) { RawStore(path()).put("events", event_key({17}), bytes); };
  std::string bad = events_[16].bytes;
  bad[100] = static_cast<char>(bad[100] ^ 1);
  replace(bad);
  expect_unreadable({17}, "bad_crc");
  replace(events_[17].bytes);
  expect_unreadable({17}, "wrong_position");
  Envelope foreign = events_[16].envelope;
  foreign.log = new_log_id();
  replace(encode_event(foreign, events_[16].payload()).bytes);
  expect_unreadable({17}, "other_log");
  replace("");
  expect_unreadable({17}, "truncated");
  RawStore(path()).erase("events", event_key({17}));
  expect_unreadable({17}, "hole");
}

TEST_F(RocksLogRows, A_damaged_last_event_is_refused) {
  std::string bad = events_.back().bytes;
  bad[100] = static_cast<char>(bad[100] ^ 1);
  RawStore(path()).put("events", event_key({kEvents}), bad);
  expect_refused_everywhere("bad_crc", "position 40");
}

TEST_F(RocksLogRows, An_event_that_another_took_the_place_of_is_noticed_through_its_stream) {
  Envelope other = events_[16].envelope;
  other.stream = new_stream();
  RawStore(path()).put("events", event_key({17}), encode_event(other, "").bytes);
  const auto log = must_open(path());
  EXPECT_EQ(log->read_stream(events_[16].envelope.stream, kNone).error().rule, "index_mismatch");
  const auto found = log->check_indexes().value().findings;
  EXPECT_FALSE(found.empty());
}

TEST_F(RocksLogRows, Each_wrong_index_row_is_found_and_named) {
  const Envelope& e = events_[20].envelope;
  const std::string stream_row = stream_row_key(e.stream, e.stream_version);
  const std::string right = position_value({21});
  const auto with = [&](const std::string& family, const std::string& key, std::optional<std::string> value,
                        std::optional<std::string> original, const std::function<void()>& expectation) {
    value ? RawStore(path()).put(family, key, *value) : RawStore(path()).erase(family, key);
    expectation();
    original ? RawStore(path()).put(family, key, *original) : RawStore(path()).erase(family, key);
  };
  with("streams", stream_row, std::nullopt, right, [&] { expect_finding({21}, "does not lead to its event"); });
  with("streams", stream_row, position_value({3}), right, [&] { expect_finding({21}, "does not lead to its event"); });
  with("streams", stream_row_key(stream_, {99}), position_value({40}), std::nullopt, [&] { expect_finding({40}, "version 99"); });
  with("streams", "short", right, std::nullopt, [&] { expect_finding({}, "damaged row of the streams"); });
  const StreamHead head{{20}, {38}};
  with("heads", stream_.key(), std::nullopt, stream_head_value(head), [&] { expect_finding({38}, "has no head"); });
  with("heads", stream_.key(), stream_head_value({{19}, {38}}), stream_head_value(head), [&] { expect_finding({38}, "has a head that is not version 20"); });
  with("heads", new_stream().key(), stream_head_value(head), std::nullopt, [&] { expect_finding({}, "no events"); });
  const CommandId command = events_[20].envelope.command;
  with("commands", command_key(command), std::nullopt, right, [&] { expect_finding({21}, "does not lead to its first event"); });
  with("commands", command_key(command), position_value({22}), right, [&] { expect_finding({22}, "leads to an event that is not its first"); });
  with("commands", command_key(new_command()), right, std::nullopt, [&] { expect_finding({21}, "leads to an event that is not its first"); });
  EXPECT_TRUE(findings().empty());
}

TEST_F(RocksLogRows, Findings_are_bounded) {
  {
    RawStore raw(path());
    for (size_t i = 0; i < kMaxFindings + 20; ++i) raw.put("heads", new_stream().key(), stream_head_value({{1}, {1}}));
  }
  const LogCheck check = must_open(path())->check_indexes().value();
  EXPECT_EQ(check.findings.size(), kMaxFindings);
  EXPECT_TRUE(check.has_more);
}

}  // namespace
}  // namespace civiclog
