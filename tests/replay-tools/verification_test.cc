#include "reports/verification.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "events/payload_codec.h"
#include "installation/installation.h"
#include "projections/all_projections.h"
#include "replay-tools/data_reader.h"
#include "replay-tools/verify_record.h"
#include "reports/recount.h"
#include "tests/log/raw_store.h"
#include "tests/support/deliberation.h"
#include "tests/support/scratch_directory.h"
#include "vault/word_rows.h"

// The verification and the recount, over a whole installation that is spoiled behind its back, a row at a time.

namespace civiclog {
namespace {

namespace fs = std::filesystem;

// Told once; each test spoils a copy of its own.
struct Told {
  ScratchDirectory scratch;
  TopicId tram;
  std::vector<StoredEvent> events;

  fs::path data() const { return scratch.path() / "data"; }
  Told() {
    const auto owner = std::move(Installation::open(DataDirectory::create(data()).value()).value());
    Deliberation story(owner->commands());
    story.tell();
    tram = story.tram;
    EXPECT_TRUE(owner->catch_up());
    events = std::move(owner->log().read({}, kMaxReadBatch).value());
    EXPECT_EQ(events.size(), owner->log().head().value);
  }
};

const Told& told() {
  static const Told once;
  return once;
}

class VerificationTest : public testing::Test {
 protected:
  void SetUp() override { fs::copy(told().data(), data(), fs::copy_options::recursive); }

  fs::path data() const { return scratch_.path() / "data"; }

  // The first event of the type, or of the type and for which `fits`.
  const StoredEvent& event(const std::string& type, const std::function<bool(const StoredEvent&)>& fits = {}) const {
    for (const StoredEvent& candidate : events_) {
      if (candidate.envelope.type == type && (!fits || fits(candidate))) return candidate;
    }
    ADD_FAILURE() << "no event " << type;
    return events_.front();
  }

  void put_event(Position at, const StoredEvent& stored) const {
    RawStore store(data() / "log");
    store.put("events", ByteWriter().be64(at.value).take(), stored.bytes);
    store.flush();
  }
  // Another event in its place, with a right checksum.
  void forge(const StoredEvent& original, const std::function<void(Envelope&, Payload&)>& change) const {
    Envelope envelope = original.envelope;
    Payload payload = decode_payload(original).value();
    change(envelope, payload);
    put_event(original.envelope.position, encode_event(envelope, encode_payload(payload).bytes));
  }

  Verification verify() const {
    return verify_record(DataDirectory::find(data()).value()).value();
  }
  static void expect(const Verification& found, Verdict verdict, Position position, const std::string& words) {
    EXPECT_EQ(found.verdict(), verdict) << name_of(found.verdict());
    bool said = false;
    for (const Finding& finding : found.findings.listed()) {
      said = said || (finding.position == position && (finding.subject + " " + finding.sentence).find(words) != std::string::npos);
    }
    EXPECT_TRUE(said) << "nothing at " << position.value << " says: " << words;
    if (said) return;
    for (const Finding& finding : found.findings.listed()) {
      ADD_FAILURE() << finding.position.value << " " << finding.subject << " " << finding.sentence;
    }
  }

  ScratchDirectory scratch_;
  const TopicId tram_ = told().tram;
  const std::vector<StoredEvent>& events_ = told().events;
};

TEST_F(VerificationTest, A_sound_record_holds_with_every_word_opened_or_erased) {
  const Verification found = verify();
  EXPECT_EQ(found.verdict(), Verdict::kHolds);
  EXPECT_TRUE(found.findings.notes().empty()) << found.findings.notes().front();
  EXPECT_EQ(found.events, events_.size());
  EXPECT_EQ(found.views.size(), all_projections().size());
  EXPECT_GT(found.words.erased, 0u);
  EXPECT_EQ(found.words.opened + found.words.erased, found.words.mentioned);
  EXPECT_EQ(found.words.in_vault, found.words.opened);
}

TEST_F(VerificationTest, A_damaged_and_a_missing_event_are_damage_and_are_named) {
  const Position damaged{20}, missing{30};
  {
    RawStore store(data() / "log");
    std::string bytes = events_[damaged.value - 1].bytes;
    bytes[70] = static_cast<char>(bytes[70] ^ 1);
    store.put("events", ByteWriter().be64(damaged.value).take(), bytes);
    store.erase("events", ByteWriter().be64(missing.value).take());
    store.flush();
  }
  const Verification found = verify();
  expect(found, Verdict::kFailed, damaged, "event 20");
  expect(found, Verdict::kFailed, missing, "missing");
  EXPECT_EQ(found.events, events_.size() - 2);
}

TEST_F(VerificationTest, An_event_of_another_log_is_tampering) {
  const StoredEvent& original = event("phase-closed");
  forge(original, [](Envelope& envelope, Payload&) { envelope.log.uuid.bytes[0] ^= 1; });
  expect(verify(), Verdict::kTampered, original.envelope.position, "belongs to log");
}

TEST_F(VerificationTest, A_clock_that_runs_back_is_tampering) {
  const StoredEvent& original = event("phase-closed");
  forge(original, [](Envelope& envelope, Payload&) { envelope.recorded_at.ms -= 86'400'000; });
  expect(verify(), Verdict::kTampered, original.envelope.position, "was recorded before");
}

TEST_F(VerificationTest, A_stream_version_that_repeats_is_tampering) {
  const StoredEvent& original = event("phase-closed");
  forge(original, [](Envelope& envelope, Payload&) { envelope.stream_version = {envelope.stream_version.value - 1}; });
  expect(verify(), Verdict::kTampered, original.envelope.position, "stream");
}

TEST_F(VerificationTest, A_command_id_in_two_commits_is_tampering) {
  const StoredEvent& original = event("phase-closed");
  ASSERT_EQ(original.envelope.commit_size, 1);
  forge(original, [&](Envelope& envelope, Payload&) { envelope.command = events_.front().envelope.command; });
  expect(verify(), Verdict::kTampered, original.envelope.position, "command");
}

TEST_F(VerificationTest, An_index_row_that_is_gone_is_damage_and_one_that_lies_is_tampering) {
  const StoredEvent& original = event("phase-closed");
  const Envelope& e = original.envelope;
  const std::string key(view(e.command.uuid.bytes));
  {
    RawStore store(data() / "log");
    store.erase("commands", key);
    store.flush();
  }
  expect(verify(), Verdict::kFailed, e.position, "command");
  {
    RawStore store(data() / "log");
    store.put("commands", key, ByteWriter().u64(1).take());
    store.flush();
  }
  expect(verify(), Verdict::kTampered, e.position, "command");
}

TEST_F(VerificationTest, A_ballot_that_contradicts_the_voters_one_before_is_tampering_and_is_not_counted) {
  const StoredEvent& changed = event("ballot-changed");
  const auto contribution = std::get<BallotChanged>(decode_payload(changed).value()).contribution;
  const StoredEvent& cast = event("ballot-cast", [&](const StoredEvent& candidate) {
    return candidate.envelope.stream == changed.envelope.stream &&
           std::get<BallotCast>(decode_payload(candidate).value()).contribution == contribution;
  });
  const Position head{events_.size()};
  {
    const auto reader = std::move(DataReader::open(data()).value());
    ASSERT_TRUE(recount(reader->log(), tram_, head));
  }
  forge(cast, [](Envelope&, Payload& payload) {
    Choice& choice = std::get<BallotCast>(payload).choice;
    choice = choice == Choice::kAgree ? Choice::kDisagree : Choice::kAgree;
  });
  expect(verify(), Verdict::kTampered, changed.envelope.position, "choice");
  const auto reader = std::move(DataReader::open(data()).value());
  const Result<Recount> counted = recount(reader->log(), tram_, head);
  ASSERT_FALSE(counted);
  EXPECT_NE(counted.error().message.find("position " + std::to_string(changed.envelope.position.value)), std::string::npos)
      << counted.error().message;
  EXPECT_TRUE(recount(reader->log(), tram_, Position{changed.envelope.position.value - 1})) << "up to there it is whole";
}

TEST_F(VerificationTest, Another_word_than_was_committed_to_is_tampering) {
  const StoredEvent& original = event("topic-launched");
  forge(original, [](Envelope&, Payload& payload) { std::get<TopicLaunched>(payload).title.commitment[0] ^= 1; });
  expect(verify(), Verdict::kTampered, original.envelope.position, "is not what the event");
}

TEST_F(VerificationTest, A_word_that_is_gone_without_an_erasure_is_damage) {
  const StoredEvent& original = event("topic-launched");
  const WordId title = std::get<TopicLaunched>(decode_payload(original).value()).title.id;
  {
    RawStore store(data() / "vault" / "words");
    store.erase("default", word_rows::word_key(title));
    store.flush();
  }
  expect(verify(), Verdict::kFailed, original.envelope.position, "is missing from the vault");
  {
    RawStore store(data() / "vault" / "words");
    store.put("default", word_rows::tombstone_key(title), word_rows::encode(Position{3}));
    store.flush();
  }
  expect(verify(), Verdict::kFailed, original.envelope.position, "no event says that it was erased");
}

TEST_F(VerificationTest, A_word_no_event_mentions_is_a_note) {
  {
    const auto owner = std::move(Installation::open(DataDirectory::find(data()).value()).value());
    const Word orphan{WordId{make_uuid_v4(random_array<16>())}, make_uuid_v4(random_array<16>()), random_array<32>(), "given up",
                      CommandId{make_uuid_v4(random_array<16>())}};
    ASSERT_TRUE(owner->vault().put({&orphan, 1}, system_now()));
  }
  const Verification found = verify();
  EXPECT_EQ(found.verdict(), Verdict::kHolds);
  ASSERT_EQ(found.findings.notes().size(), 1u);
  EXPECT_NE(found.findings.notes()[0].find("1 words"), std::string::npos) << found.findings.notes()[0];
}

TEST_F(VerificationTest, A_box_under_other_rules_or_another_key_is_tampering) {
  const StoredEvent& original = event("box-opened");
  forge(original, [](Envelope&, Payload& payload) {
    std::get<BoxOpened>(payload).rules_hash[0] ^= 1;
    std::get<BoxOpened>(payload).key_fingerprint[0] ^= 1;
  });
  const Verification found = verify();
  expect(found, Verdict::kTampered, original.envelope.position, "rules that were in force");
  expect(found, Verdict::kTampered, original.envelope.position, "another key");
}

TEST_F(VerificationTest, A_topic_whose_index_was_lost_is_damage_and_accuses_nobody) {
  {
    RawStore store(data() / "log");
    for (const StoredEvent& event : events_) {
      if (event.envelope.stream != stream_of(tram_)) continue;
      store.erase("streams", event.envelope.stream.key() + ByteWriter().be64(event.envelope.stream_version.value).take());
    }
    store.flush();
  }
  const Verification found = verify();
  EXPECT_EQ(found.verdict(), Verdict::kFailed);
  EXPECT_EQ(found.findings.tampering(), 0u);
}

TEST_F(VerificationTest, Read_models_of_another_history_are_tampering_and_those_ahead_of_the_log_are_damage) {
  // The last event, read models and head file included, is what a forger would have to change alike.
  const fs::path older = scratch_.path() / "older";
  fs::copy(data(), older, fs::copy_options::recursive);
  {
    const auto owner = std::move(Installation::open(DataDirectory::find(data()).value()).value());
    ASSERT_TRUE(owner->commands().submit_and_wait(
        {command_id_of("t", "one"), issued_by_system(), RegisterOrganisation{"one", "One"}, {}, {}}));
    ASSERT_TRUE(owner->catch_up());
  }
  fs::remove_all(data() / "log");
  fs::copy(older / "log", data() / "log", fs::copy_options::recursive);
  const Verification ahead = verify();
  expect(ahead, Verdict::kFailed, Position{events_.size() + 1}, "read model");
  {
    const auto owner = std::move(RocksLog::open(data() / "log").value());
    AppendRequest other{CommandId{make_uuid_v4(random_array<16>())}, {}, {}, {}, {}};
    const EncodedPayload payload = encode_payload(OrganisationRegistered{"two", {}});
    other.events.push_back({stream_of(OrganisationId{make_uuid_v4(random_array<16>())}), payload.type, payload.schema, payload.bytes,
                            acting_system(), {}});
    ASSERT_TRUE(append_and_wait(*owner, std::move(other)));
  }
  expect(verify(), Verdict::kTampered, Position{events_.size() + 1}, "another event");
}

TEST_F(VerificationTest, A_row_after_the_checkpoint_of_its_read_model_is_damage) {
  {
    RawStore store(data() / "views");
    store.put("topics.1.1.history", history_key("T0123456789abcdef", Position{events_.size() + 7}), "\x01x");
    store.flush();
  }
  expect(verify(), Verdict::kFailed, Position{events_.size() + 7}, "after its checkpoint");
}

TEST_F(VerificationTest, Findings_are_bounded_and_tampering_is_never_displaced_by_damage) {
  Findings findings;
  for (size_t i = 0; i < 2 * kMaxListedFindings; ++i) findings.add(FindingKind::kDamage, Position{i}, "event", "is missing");
  findings.add(FindingKind::kTampering, Position{7}, "event 7", "lies");
  EXPECT_EQ(findings.listed().size(), kMaxListedFindings);
  EXPECT_EQ(findings.listed().back().kind, FindingKind::kTampering);
  EXPECT_EQ(findings.total(), 2 * kMaxListedFindings + 1);
}

}  // namespace
}  // namespace civiclog
